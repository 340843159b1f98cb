/** A directive as nginx reads it: what it is called with, and what is inside its braces. */
export interface Statement {
  readonly words: readonly string[]
  readonly block: readonly Statement[] | undefined
}

type Lexeme = { readonly word: string } | '{' | '}' | ';'

/**
 * `text` as nginx reads it (ngx_conf_file.c: ngx_conf_read_token), written for the tests alone: nothing
 * of what renders is used. Throws where nginx does.
 *
 * White space is space, tab, CR and LF. A word ends at white space, `;` or `{`, a quoted one at its
 * quote, after which white space, `;`, `{` or `)` must come. `\` takes the next character as it is; in
 * the end `\"`, `\'` and `\\` are the character, `\t`, `\r`, `\n` white space, and any other keeps its `\`.
 */
export function readConfiguration(text: string): readonly Statement[] {
  const lexemes = lexemesOf(text)
  let at = 0
  const statements = (depth: number): readonly Statement[] => {
    const found: Statement[] = []
    for (;;) {
      const words: string[] = []
      let lexeme = lexemes[at++]
      for (; typeof lexeme === 'object'; lexeme = lexemes[at++]) words.push(lexeme.word)
      if (lexeme === undefined && words.length === 0 && depth === 0) return found
      if (lexeme === '}' && words.length === 0 && depth > 0) return found
      if (words.length === 0 || lexeme === '}' || lexeme === undefined)
        throw new Error(`unexpected ${lexeme ?? 'end of file'} after "${words.join(' ')}"`)
      found.push({ words, block: lexeme === '{' ? statements(depth + 1) : undefined })
    }
  }
  return statements(0)
}

const space = ' \t\r\n'

function lexemesOf(text: string): readonly Lexeme[] {
  const found: Lexeme[] = []
  let at = 0
  while (at < text.length) {
    const character = text.charAt(at)
    if (space.includes(character)) at++
    else if (character === '#') at = lineEnd(text, at)
    else if (character === ';' || character === '{' || character === '}') {
      found.push(character)
      at++
    } else {
      const { word, end } =
        character === '"' || character === "'" ? quoted(text, at) : bare(text, at)
      if (Buffer.byteLength(text.slice(at, end)) > 4096) throw new Error('too long parameter')
      found.push({ word: unescaped(word) })
      at = end
    }
  }
  return found
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

function quoted(text: string, start: number): { readonly word: string; readonly end: number } {
  const quote = text.charAt(start)
  let at = start + 1
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1
  if (at >= text.length) throw new Error('unexpected end of file in quotes')
  const next = text[at + 1]
  if (next === undefined || !`${space};{)`.includes(next))
    throw new Error(`unexpected ${JSON.stringify(next)} after quotes`)
  return { word: text.slice(start + 1, at), end: at + 1 }
}

function bare(text: string, start: number): { readonly word: string; readonly end: number } {
  let at = start
  while (at < text.length && !`${space};{`.includes(text.charAt(at))) {
    if (text[at] === '\\') at++
    // `${` does not open a block
    else if (text.startsWith('${', at)) at++
    at++
  }
  return { word: text.slice(start, at), end: at }
}

const unescaped = (word: string): string =>
  word.replaceAll(/\\(["'\\trn])/g, (_, character: string) =>
    character === 't' ? '\t' : character === 'r' ? '\r' : character === 'n' ? '\n' : character,
  )
