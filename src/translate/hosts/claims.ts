import { catchAll } from './hosts.ts'
import type { HostPath } from './host-path.ts'
import type { Host } from './hosts.ts'
import { plainClaims, regexClaims } from './paths.ts'
import type { Claim } from './paths.ts'

/** A location and the path that got it. */
export interface Claimed {
  readonly claim: Claim
  readonly hostPath: HostPath
}

/** The path as the Ingress has it; none is all of them. */
export const textOf = ({ path }: HostPath): string => (path.path === '' ? '/' : path.path)

/** Whether the Ingress of a path makes it a regular expression. */
function isOwnRegex(hostPath: HostPath): boolean {
  const { useRegex, rewriteTarget } = hostPath.annotated.policy
  return (
    useRegex === true || (rewriteTarget !== undefined && rewriteTarget.text !== textOf(hostPath))
  )
}

/** As `isOwnRegex`, and a Prefix whose target is itself: its location with a slash at the end is rewritten (as in ingress-nginx). */
export function asksForRegex(hostPath: HostPath): boolean {
  const { rewriteTarget } = hostPath.annotated.policy
  const isPrefix = hostPath.path.pathType !== 'Exact' && textOf(hostPath) !== '/'
  return (
    isOwnRegex(hostPath) ||
    (rewriteTarget !== undefined && isPrefix && !textOf(hostPath).endsWith('/'))
  )
}

/** Whether what no path takes does so: it has the annotations of the first Ingress of its host. */
export function restAsksForRegex({ name, first, paths }: Host): boolean {
  if (name === catchAll || first === undefined) return false
  const isTaken = paths.some((one) => textOf(one) === '/' && one.path.pathType !== 'Exact')
  const { useRegex, rewriteTarget } = first.policy
  const rewrites = rewriteTarget !== undefined && rewriteTarget.text !== '/'
  return !isTaken && (useRegex === true || rewrites)
}

/** One claim for each location, longest path first, ties in descending order; of equal ones the stronger, then the older. */
export function winners(paths: readonly HostPath[], isRegex: boolean): readonly Claimed[] {
  const taken = new Map<string, Claimed>()
  for (const hostPath of paths) {
    const claims = isRegex
      ? regexClaims(hostPath.path, isOwnRegex(hostPath))
      : plainClaims(hostPath.path)
    for (const claim of claims) {
      const key = `${claim.comparison} ${claim.path}`
      const already = taken.get(key)
      if (already === undefined || claim.rank < already.claim.rank)
        taken.set(key, { claim, hostPath })
    }
  }
  return [...taken.values()].sort((a, b) => {
    const [left, right] = [a.claim, b.claim]
    if (left.path.length !== right.path.length) return right.path.length - left.path.length
    if (left.path !== right.path) return left.path > right.path ? -1 : 1
    return left.comparison < right.comparison ? -1 : 1
  })
}

/**
 * nginx redirects `/foo` to `/foo/` where only the latter is a location. Kubernetes wants an Exact `/foo/`
 * to leave `/foo` to others: the path without its slash gets the location of the longest prefix of it,
 * or the fallback (`hostPath` undefined).
 */
export function withoutSlash(
  claimed: readonly Claimed[],
): readonly { readonly claim: Claim; readonly hostPath: HostPath | undefined }[] {
  const exact = new Set(
    claimed.filter(({ claim }) => claim.comparison === 'exact').map(({ claim }) => claim.path),
  )
  const prefixes = claimed.filter(({ claim }) => claim.comparison === 'prefix')
  return [...exact].flatMap((path) => {
    const bare = path.slice(0, -1)
    if (!path.endsWith('/') || bare === '' || exact.has(bare)) return []
    // the longest path comes first
    const parent = prefixes.find(({ claim }) => bare.startsWith(claim.path))
    return [{ claim: { comparison: 'exact', path: bare, rank: 2 }, hostPath: parent?.hostPath }]
  })
}
