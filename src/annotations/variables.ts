// Variables in text that a user writes: one grammar, of which each value allows its own.

const variable = /\$\{(\w+)\}|\$(\w+)/g

type Replacement = (name: string, whole: string) => string

/** `text` with `by` for each variable, as it stands there. */
export const replaced = (text: string, by: Replacement): string =>
  text.replaceAll(variable, (whole, braced?: string, bare?: string) =>
    by(braced ?? bare ?? '', whole),
  )

/** The names of the variables in `text`. */
export const variablesIn = (text: string): readonly string[] =>
  [...text.matchAll(variable)].map(([, braced, bare]) => braced ?? bare ?? '')

/** `$host` for `${host}`, where nothing behind it would become part of the name. */
export const withoutBraces = (text: string): string => text.replaceAll(/\$\{(\w+)\}(?!\w)/g, '$$$1')

/** Which of the variables that nginx has a text may hold. */
export type IsKnown = (variable: string) => boolean

/** What nginx finds by the end of a variable's name, in whatever case that is written. */
type Family =
  | 'arg'
  | 'cookie'
  | 'http'
  | 'sent_http'
  | 'sent_trailer'
  | 'upstream_cookie'
  | 'upstream_http'
  | 'upstream_trailer'

/** Of one of `families`: `$http_X_User`. */
export function isOfFamily(...families: readonly Family[]): IsKnown {
  const members = new RegExp(`^(?:${families.join('|')})_[A-Za-z0-9_]{1,60}$`)
  return (name) => members.test(name)
}

/** One of `names`, which are separated by spaces. */
export function isOneOf(names: string): IsKnown {
  const known = new Set(names.split(' '))
  return (name) => known.has(name)
}

export const anyOf =
  (...kinds: readonly IsKnown[]): IsKnown =>
  (name) =>
    kinds.some((isOne) => isOne(name))
