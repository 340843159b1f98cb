import { pattern } from '../model/token.ts'
import type { Token } from '../model/token.ts'

/**
 * The regular expressions that a path may be: a subset of PCRE without what costs more than linear
 * time or reaches outside the text. Everything else is refused, with the reason: one expression that
 * nginx cannot compile would stop every change for everybody.
 *
 * Grammar: alternatives of sequences of atoms. An atom is a character, `.`, a class, an anchor or a
 * group `( )`, `(?: )`, `(?! )`, `(?= )`, with an optional quantifier `* + ? {n} {n,} {n,m}`, lazy or not.
 */
export function regexDefect(text: string): string | undefined {
  if (text.length > 512) return 'is longer than 512 characters'
  const reader: Reader = { text, at: 0, groups: 0 }
  try {
    alternatives(reader, 0)
    if (reader.at < text.length) return `has a ")" too many at character ${reader.at + 1}`
    return undefined
  } catch (error) {
    if (error instanceof Defect) return error.message
    throw error
  }
}

/** A case-insensitive location: `^path`. */
export function anchored(path: string): Token {
  return pattern(`^${path}`)
}

/** `text` as a regular expression that matches only itself. */
export function escaped(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&')
}

class Defect extends Error {}

interface Reader {
  readonly text: string
  at: number
  groups: number
}

/** True if what was read can match text of unbounded length. */
type Unbounded = boolean

function alternatives(reader: Reader, depth: number): Unbounded {
  if (depth > 20) throw new Defect('nests more than 20 groups')
  let unbounded = false
  for (;;) {
    unbounded = sequence(reader, depth) || unbounded
    if (reader.text[reader.at] !== '|') return unbounded
    reader.at++
  }
}

function sequence(reader: Reader, depth: number): Unbounded {
  let unbounded = false
  while (reader.at < reader.text.length && !')|'.includes(reader.text.charAt(reader.at))) {
    const inner = atom(reader, depth)
    const repeats = quantifier(reader)
    if (repeats !== 'once' && inner)
      throw new Defect('repeats a group that repeats something itself')
    unbounded = unbounded || inner || repeats === 'unbounded'
  }
  return unbounded
}

function atom(reader: Reader, depth: number): Unbounded {
  const character = reader.text.charAt(reader.at)
  reader.at++
  switch (character) {
    case '(':
      return group(reader, depth)
    case '[':
      characterClass(reader)
      return false
    case '\\':
      escape(reader)
      return false
    case '*':
    case '+':
    case '?':
    case '{':
      throw new Defect(`has a "${character}" with nothing before it at character ${reader.at}`)
    default:
      return false
  }
}

function group(reader: Reader, depth: number): Unbounded {
  const kind = /^\?(?::|!|=|.)/.exec(reader.text.slice(reader.at))
  if (kind === null) reader.groups++
  else if (['?:', '?!', '?='].includes(kind[0])) reader.at += 2
  else throw new Defect(`uses "(${kind[0]}", which is not supported`)
  if (reader.text[reader.at] === '*') throw new Defect('uses "(*", which is not supported')
  const unbounded = alternatives(reader, depth + 1)
  if (reader.text[reader.at] !== ')') throw new Defect('misses a ")"')
  reader.at++
  return unbounded
}

function characterClass(reader: Reader): void {
  const { text } = reader
  const start = reader.at
  if (text[reader.at] === '^') reader.at++
  let first = true
  for (;;) {
    const character = text[reader.at]
    if (character === undefined) throw new Defect(`misses a "]" for the "[" at character ${start}`)
    reader.at++
    if (character === ']' && !first) return
    if (character === '[' && ':.='.includes(text.charAt(reader.at)))
      throw new Defect('uses a named character class, which is not supported')
    if (character === '\\') escape(reader)
    first = false
    const range = /^-([^\]\\])/.exec(text.slice(reader.at))
    if (range !== null && character !== '\\') {
      if ((range[1] ?? '') < character)
        throw new Defect(`has a range that is out of order: "${character}-${range[1]}"`)
      reader.at += 2
    }
  }
}

function escape(reader: Reader): void {
  const character = reader.text[reader.at]
  if (character === undefined) throw new Defect('ends in a backslash')
  if (/[0-9A-Za-z]/.test(character) && !/[dDwWsSbB]/.test(character))
    throw new Defect(`uses "\\${character}", which is not supported`)
  reader.at++
}

function quantifier(reader: Reader): 'once' | 'bounded' | 'unbounded' {
  const found = /^(?:([*+])|\?|\{([0-9]{1,4})(?:(,)([0-9]{0,4}))?\})/.exec(
    reader.text.slice(reader.at),
  )
  if (found === null) return 'once'
  const [whole, star, least, comma, most] = found
  for (const count of [least, most])
    if (count !== undefined && Number(count) > 1000) throw new Defect('counts above 1000')
  if (least !== undefined && most !== undefined && most !== '' && Number(most) < Number(least))
    throw new Defect(`has a count that is out of order: "${whole}"`)
  reader.at += whole.length
  if (reader.text[reader.at] === '?') reader.at++
  if ('*+?{'.includes(reader.text.charAt(reader.at)) && reader.at < reader.text.length) {
    throw new Defect(
      `has a "${reader.text.charAt(reader.at)}" after a quantifier at character ${reader.at + 1}`,
    )
  }
  if (star !== undefined || (comma !== undefined && most === '')) return 'unbounded'
  return whole === '?' ? 'once' : 'bounded'
}
