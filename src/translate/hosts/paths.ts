import { defectOf } from '../../model/token.ts'
import type { IngressPath } from '../../objects/kinds.ts'
import { escaped, regexDefect } from '../../model/path-regex.ts'

/** How a location compares the URI. `regex` is case-insensitive and anchored at the start only. */
export type Comparison = 'exact' | 'prefix' | 'regex'

/** One location that a path asks for. */
export interface Claim {
  readonly comparison: Comparison
  readonly path: string
  /**
   * Who wins where two paths of one host ask for the same location: 0 a path that says exactly this,
   * 1 a Prefix that says it, 2 a Prefix that only includes it, with or without its last slash.
   */
  readonly rank: 0 | 1 | 2
}

/** Why a path can never be served; undefined if it can. The rules are those of the API server's validation. */
export function pathDefect({ path, pathType }: IngressPath, isRegex: boolean): string | undefined {
  const text = path === '' ? '/' : path
  if (!text.startsWith('/')) return 'expected a path that starts with "/"'
  // the longest form that a path gets, on a host with regular expressions
  const defect = defectOf(isRegex ? text : `(?i)${escaped(text)}/$`)
  if (defect !== undefined) return `expected a path, got one with ${defect}`
  if (isRegex) {
    const reason = regexDefect(text)
    return reason === undefined
      ? undefined
      : `expected a regular expression, got one that ${reason}`
  }
  if (pathType === 'ImplementationSpecific') return undefined
  const wrong = ['//', '/./', '/../', '%2f', '%2F'].find((part) => text.includes(part))
  if (wrong !== undefined) return `expected a path without "${wrong}"`
  const ending = ['/..', '/.'].find((part) => text.endsWith(part))
  return ending === undefined ? undefined : `expected a path that does not end in "${ending}"`
}

/**
 * The locations of a path on a host without regular expressions. A Prefix counts by whole elements and
 * ignores a slash at its end (Kubernetes: Ingress, path types): `/foo` is `= /foo` and `/foo/`.
 */
export function plainClaims({ path, pathType }: IngressPath): readonly Claim[] {
  const text = path === '' ? '/' : path
  if (pathType === 'Exact') return [{ comparison: 'exact', path: text, rank: 0 }]
  if (text === '/') return [{ comparison: 'prefix', path: '/', rank: 1 }]
  const hasSlash = text.endsWith('/')
  const bare = hasSlash ? text.slice(0, -1) : text
  return [
    { comparison: 'prefix', path: `${bare}/`, rank: hasSlash ? 1 : 2 },
    { comparison: 'exact', path: bare, rank: hasSlash ? 2 : 1 },
  ]
}

/**
 * The locations of a path on a host in which some path is a regular expression: then all of them are,
 * those of other Ingresses included. `isOwn` says that this one's Ingress asked for it.
 */
export function regexClaims(ingressPath: IngressPath, isOwn: boolean): readonly Claim[] {
  const { path, pathType } = ingressPath
  const text = path === '' ? '/' : path
  const expression = regexDefect(text) === undefined ? text : escaped(text)
  if (isOwn || pathType === 'Exact' || text === '/') {
    return [{ comparison: 'regex', path: expression, rank: pathType === 'Exact' ? 0 : 1 }]
  }
  if (!text.endsWith('/')) {
    return [
      { comparison: 'regex', path: `${expression}/`, rank: 2 },
      { comparison: 'regex', path: expression, rank: 1 },
    ]
  }
  return [
    { comparison: 'regex', path: expression, rank: 1 },
    { comparison: 'regex', path: `${expression.slice(0, -1)}$`, rank: 2 },
  ]
}
