import { pattern } from './token.ts'
import type { Token } from './token.ts'
import { Defect, readRegex } from './regex-grammar.ts'

/**
 * Why `text` is none of the regular expressions that a path may be: a subset of PCRE without what takes
 * exponential time or reaches outside the text. One expression that nginx cannot compile would stop
 * every change for everybody, so whatever is not understood is refused.
 *
 * Grammar: alternatives of sequences of atoms. An atom is a character, `.`, a class, an anchor or a
 * group `( )`, `(?: )`, `(?! )`, `(?= )`, with an optional quantifier `* + ? {n} {n,} {n,m}`, lazy or not.
 */
export function regexDefect(text: string): string | undefined {
  if (text.length > 512) return 'is longer than 512 characters'
  try {
    readRegex(text)
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
