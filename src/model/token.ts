/**
 * One argument of an nginx directive, already in nginx's own grammar.
 *
 * The renderer prints Tokens and nothing else, and only this file makes them, so text from the
 * cluster cannot become configuration by accident: a plain string does not compile there.
 */
declare const brand: unique symbol
export type Token = string & { readonly [brand]: 'Token' }

/** A Token that nginx reads as it stands, without quotes, so that it may be part of a longer one. */
export type Word = Token & { readonly [bare]: true }
declare const bare: unique symbol

/** nginx refuses a token above 4,096 bytes; every token stays well below it. */
export const longestToken = 2048

const plain = /^[A-Za-z0-9_./:@%+,=*~^-]+$/
const modifier = /^[=~^@]/
// C0, DEL, C1, the two Unicode line separators, and a lone surrogate.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const forbidden = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/u

/** Why `text` can never be a token; undefined if it can. */
export function defectOf(text: string): string | undefined {
  if (text.length <= longestToken && plain.test(text)) return undefined
  if (forbidden.test(text)) return 'a control character'
  if (Buffer.byteLength(quoted(text)) > longestToken) return `more than ${longestToken} bytes`
  return undefined
}

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`

function print(text: string): Token {
  const defect = defectOf(text)
  if (defect !== undefined) throw new Error(`not a token: ${defect}`)
  const safe = plain.test(text) && !modifier.test(text)
  return (safe ? text : quoted(text)) as Token
}

/** The one function that quotes: `text` as an argument in which nginx must find no variable. */
export function literal(text: string): Token {
  if (text.includes('$'))
    throw new Error('not a literal: nginx expands "$" and knows no escape for it')
  return print(text)
}

/** As `literal`, for the arguments in which nginx looks for no variables: names of locations and servers, map keys, regular expressions. */
export function name(text: string): Token {
  return print(text)
}

/** As `literal`, with the variables named in `allowed` expanded by nginx. Any other `$` is refused. It may hold tabs. */
export function template(text: string, allowed: (variable: string) => boolean): Token {
  const rest = text.replaceAll(
    /\$\{(\w+)\}|\$(\w+)/g,
    (whole, braced?: string, plainName?: string) =>
      allowed(braced ?? plainName ?? '') ? '' : whole,
  )
  if (rest.includes('$'))
    throw new Error('not a template: it holds a "$" that is no allowed variable')
  // nginx reads `\t` as the tab that it stands for
  return text.includes('\t') ? tabbed(text) : print(text)
}

function tabbed(text: string): Token {
  print(text.replaceAll('\t', '  '))
  return quoted(text).replaceAll('\t', '\\t') as Token
}

/** A regular expression, case-insensitively anchored or not as its author wrote it; always quoted. */
export function pattern(text: string): Token {
  const defect = defectOf(text)
  if (defect !== undefined) throw new Error(`not a pattern: ${defect}`)
  return quoted(text) as Token
}

/** A whole number. */
export function number(value: number): Word {
  if (!Number.isSafeInteger(value)) throw new Error(`not a whole number: ${value}`)
  return String(value) as Word
}

/** A time in seconds, with its unit. */
export function seconds(value: number): Word {
  return `${number(value)}s` as Word
}

/** A name made of letters, digits and `_ . : / -`, such as an upstream's or an address. */
export function word(text: string): Word {
  if (!/^[A-Za-z0-9_.:/[\]-]+$/.test(text)) throw new Error(`not a word: ${JSON.stringify(text)}`)
  return text as Word
}

/**
 * Configuration written in this program: nginx`$host` or nginx`http://${upstream}`. The text is the
 * program's own; only a Word can stand inside it.
 */
export function nginx(strings: TemplateStringsArray, ...words: readonly Word[]): Word {
  let text = strings.raw[0] ?? ''
  for (const [i, one] of words.entries()) text += one + (strings.raw[i + 1] ?? '')
  return text as Word
}
