import type { Rewrite } from '../compose/ending.ts'
import type { Annotated } from '../ingresses/annotate.ts'
import { groupsOf, overlaps } from './path-groups.ts'
import type { Claim } from './paths.ts'

/** What becomes of the URI of `claim`; undefined where it stays as it is. */
export function rewriteOf(
  { policy: { rewriteTarget: target }, origins, origin }: Annotated,
  { comparison, path }: Claim,
): Rewrite | undefined {
  if (target === undefined || comparison !== 'regex' || target.text === path) return undefined
  const groups = groupsOf(path)
  return {
    path,
    target,
    origin: origins.rewriteTarget ?? origin,
    isRisky: target.isUrl && overlaps(groups, target.text),
    bringsSlash: (group) => groups[group - 1]?.bringsSlash ?? false,
  }
}
