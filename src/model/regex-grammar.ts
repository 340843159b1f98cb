/** Why a text is no regular expression that Sluice gives to nginx. */
export class Defect extends Error {}

/** What is known of a part of a regular expression. */
interface Part {
  /** About as many bytes as PCRE needs for it, which stops at 65,536. */
  readonly size: number
  /** It can match the same text in several ways, which multiply where it is repeated. */
  readonly isAmbiguous: boolean
  /** The one character with which every match begins, if that is known. */
  readonly first?: string | undefined
}

interface Atom extends Part {
  /** PCRE repeats no anchor. */
  readonly isAnchor?: true
}

interface Reader {
  readonly text: string
  at: number
}

const largestSize = 20_000

/** Reads `text` to its end, or throws a Defect. */
export function readRegex(text: string): void {
  const reader: Reader = { text, at: 0 }
  alternatives(reader, 0)
  if (reader.at < text.length) throw new Defect(`has a ")" too many at character ${reader.at + 1}`)
}

function alternatives(reader: Reader, depth: number): Part {
  if (depth > 20) throw new Defect('nests more than 20 groups')
  const parts: Part[] = []
  for (;;) {
    parts.push(sequence(reader, depth))
    if (reader.text[reader.at] !== '|') break
    reader.at++
  }
  const firsts = new Set(parts.map(({ first }) => first))
  const [only] = parts.length === 1 ? parts : []
  return {
    size: sized(parts.reduce((sum, { size }) => sum + size + 3, 0)),
    isAmbiguous:
      parts.some(({ isAmbiguous }) => isAmbiguous) ||
      (parts.length > 1 && (firsts.size < parts.length || firsts.has(undefined))),
    first: only?.first,
  }
}

function sequence(reader: Reader, depth: number): Part {
  let size = 0
  let isAmbiguous = false
  let first: string | undefined
  for (let i = 0; !isEndOfSequence(reader); i++) {
    const start = reader.at
    const inner = atom(reader, depth)
    const repeats = quantifier(reader)
    if (repeats !== undefined && inner.isAnchor)
      throw new Defect(`repeats an anchor at character ${start + 1}`)
    if (repeats !== undefined && repeats.most > 1 && inner.isAmbiguous)
      throw new Defect('repeats a group that can match the same text in several ways')
    // PCRE copies a group for each time, and counts characters
    const copies = reader.text[start] === '(' ? (repeats?.copies ?? 1) : 1
    size = sized(size + inner.size * copies + 5)
    isAmbiguous ||= inner.isAmbiguous || repeats?.varies === true
    if (i === 0 && (repeats === undefined || repeats.least > 0)) first = inner.first
  }
  return { size, isAmbiguous, first }
}

const isEndOfSequence = ({ text, at }: Reader): boolean =>
  at >= text.length || ')|'.includes(text.charAt(at))

function sized(size: number): number {
  if (size > largestSize) throw new Defect('repeats too much in all')
  return size
}

function atom(reader: Reader, depth: number): Atom {
  const character = reader.text.charAt(reader.at++)
  switch (character) {
    case '(':
      return group(reader, depth)
    case '[':
      characterClass(reader)
      return { size: 33, isAmbiguous: false }
    case '\\':
      return escape(reader)
    case '^':
    case '$':
      return { size: 1, isAmbiguous: false, isAnchor: true }
    case '*':
    case '+':
    case '?':
    case '{':
      throw new Defect(`has a "${character}" with nothing before it at character ${reader.at}`)
    case '.':
      return { size: 1, isAmbiguous: false }
    default:
      return { size: 8, isAmbiguous: false, first: character.toLowerCase() }
  }
}

function group(reader: Reader, depth: number): Atom {
  const opening = reader.text.slice(reader.at)
  const kind = /^\?(?::|!|=|.)?/s.exec(opening)?.[0]
  if (kind !== undefined && !['?:', '?!', '?='].includes(kind))
    throw new Defect(`uses "(${kind}", which is not supported`)
  if (opening.startsWith('*')) throw new Defect('uses "(*", which is not supported')
  reader.at += kind?.length ?? 0
  const inside = alternatives(reader, depth + 1)
  if (reader.text[reader.at] !== ')') throw new Defect('misses a ")"')
  reader.at++
  const size = inside.size + 20
  // what an assertion looked at is not tried again in another way
  return kind === '?!' || kind === '?=' ? { size, isAmbiguous: false } : { ...inside, size }
}

const letterOrDigit = /[0-9A-Za-z]/

function escape(reader: Reader): Atom {
  const character = reader.text[reader.at]
  if (character === undefined) throw new Defect('ends in a backslash')
  reader.at++
  if ('bB'.includes(character)) return { size: 1, isAmbiguous: false, isAnchor: true }
  if ('dDwWsS'.includes(character)) return { size: 1, isAmbiguous: false }
  if (letterOrDigit.test(character))
    throw new Defect(`uses "\\${character}", which is not supported`)
  return { size: 8, isAmbiguous: false, first: character }
}

function characterClass(reader: Reader): void {
  const { text } = reader
  const start = reader.at
  if (text[reader.at] === '^') reader.at++
  for (let isFirst = true; ; isFirst = false) {
    if (text[reader.at] === ']' && !isFirst) break
    const from = member(reader, start)
    if (text[reader.at] !== '-' || text[reader.at + 1] === ']') continue
    reader.at++
    const to = member(reader, start)
    if (from === undefined || to === undefined)
      throw new Defect(`has a range with a class such as "\\d" at one end`)
    // nginx compares bytes: what is not ASCII begins with a high one and ends in a low one
    if (to < from && to < '\u0080')
      throw new Defect(`has a range that is out of order: "${from}-${to}"`)
  }
  reader.at++
}

/** One character of a class; undefined for one that stands for several. */
function member(reader: Reader, start: number): string | undefined {
  const { text } = reader
  const character = text[reader.at++]
  const next = text[reader.at] ?? ''
  if (character === undefined || (character === '\\' && next === ''))
    throw new Defect(`misses a "]" for the "[" at character ${start}`)
  if (character === '[' && next !== '' && ':.='.includes(next))
    throw new Defect('uses a named character class, which is not supported')
  if (character !== '\\') return character
  reader.at++
  if ('dDwWsS'.includes(next)) return undefined
  if (letterOrDigit.test(next)) throw new Defect(`uses "[\\${next}]", which is not supported`)
  return next
}

interface Repeats {
  readonly least: number
  readonly most: number
  readonly varies: boolean
  /** How often PCRE writes down what is repeated. */
  readonly copies: number
}

function quantifier(reader: Reader): Repeats | undefined {
  const found = /^(?:[*+?]|\{([0-9]{1,4})(?:(,)([0-9]{0,4}))?\})/.exec(reader.text.slice(reader.at))
  if (found === null) return undefined
  const [whole, least, comma, most] = found
  reader.at += whole.length
  if (reader.text[reader.at] === '?') reader.at++
  const next = reader.text.charAt(reader.at)
  if (next !== '' && '*+?{'.includes(next))
    throw new Defect(`has a "${next}" after a quantifier at character ${reader.at + 1}`)
  return least === undefined ? bySign(whole) : byCount(whole, least, comma, most)
}

function bySign(sign: string): Repeats {
  const least = sign === '+' ? 1 : 0
  return { least, most: sign === '?' ? 1 : Infinity, varies: true, copies: least + 1 }
}

function byCount(
  whole: string,
  leastText: string,
  comma: string | undefined,
  mostText: string | undefined,
): Repeats {
  const least = Number(leastText)
  const most = comma === undefined ? least : mostText === '' ? Infinity : Number(mostText)
  if (least > 1000 || (most > 1000 && most !== Infinity)) throw new Defect('counts above 1000')
  if (most < least) throw new Defect(`has a count that is out of order: "${whole}"`)
  return { least, most, varies: most !== least, copies: most === Infinity ? least + 1 : most }
}
