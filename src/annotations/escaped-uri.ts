import { block, entry } from '../model/directive.ts'
import type { Directive } from '../model/directive.ts'
import { nginx, number, pattern, template, word } from '../model/token.ts'
import type { Token, Word } from '../model/token.ts'

/** `$request_uri` as a value in the query of another URL. */
export const escapedRequestUri: Word = nginx`$escaped_request_uri`

/**
 * nginx has no function that escapes. A map can replace a number of occurrences of one character that its
 * regular expression spells out, so there are two for each character: one for 6, 12, … 30 of them, one for
 * 1 to 5 more. nginx looks at them only when it redirects somebody.
 */
const large = [30, 24, 18, 12, 6]
const small = [5, 4, 3, 2, 1]

/** What would end the value, or mean something else in it. */
const dangerous = ['&', '+', '#', ';']
/** What every reader of a query takes as it is; escaped because ingress-nginx does. */
const harmless = ['/', '?', '=', ':']

/**
 * By variable: the maps behind `escapedRequestUri`. The percent signs come first, for all escapes bring
 * new ones; as many as four times 30 and 5 more are replaced, because a letter beyond ASCII has two to
 * four. Of any other character it is 35. Where there are more, the URI is cut: whoever makes such a link
 * could else add parameters of his own.
 */
function maps(): ReadonlyMap<string, Directive> {
  const made = new Map<string, Directive>()
  let last: Token = template(' $request_uri', () => true)
  const then = (name: string, lines: (from: Token) => readonly Directive[]): void => {
    const result = nginx`$${word(name)}`
    made.set(name, { ...block('map', [last, result], lines(last)), because: nginx`auth-signin` })
    last = result
  }
  // a space, which no URI holds, parts what is done from the rest
  for (let i = 1; i <= 4; i++) then(`uri_escaped_25_${i}`, (from) => replaced(from, '%', large))
  then('uri_escaped_25', (from) => replaced(from, '%', small))
  then('uri_without_percent', () => [
    entry(pattern('~^(?<uri_done>[^ ]*) (?<uri_rest>[^%]*)'), nginx`$uri_done$uri_rest`),
  ])
  for (const character of [...dangerous, ...harmless]) {
    const code = codeOf(character)
    then(`uri_escaped_${code}_6`, (from) => replaced(from, character, large))
    then(`uri_escaped_${code}`, (from) => replaced(from, character, small))
  }
  then('escaped_request_uri', (from) => [
    entry(nginx`default`, from),
    entry(
      pattern(`~^(?<uri_done>[^${dangerous.join('')}]*)[${dangerous.join('')}]`),
      nginx`$uri_done`,
    ),
  ])
  return made
}

/** Lines of a map that replaces `counts` of `character` in `from`, the most first. */
const replaced = (
  from: Token,
  character: string,
  counts: readonly number[],
): readonly Directive[] => [
  entry(nginx`default`, from),
  ...counts.map((count) => {
    const places = Array.from({ length: count }, (_, i) => nginx`uri_${number(i + 1)}`)
    // of the percent signs only what is behind the space
    const [before, done] = character === '%' ? ['(?<uri_done>[^ ]*) ', '$uri_done'] : ['', '']
    const found = places.map((place) => `(?<${place}>[^${character}]*)[${character}]`).join('')
    const made = places.map((place) => `$${place}%${codeOf(character)}`).join('')
    const space = character === '%' ? ' ' : ''
    return entry(
      pattern(`~^${before}${found}(?<uri_rest>.*)$`),
      template(`${done}${made}${space}$uri_rest`, () => true),
    )
  }),
]

const codeOf = (character: string): string =>
  character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')

export const escapedUriMaps = maps()
