import type { Phased } from '../../annotations/contribution.ts'
import { inPhases } from '../../annotations/contribution.ts'
import type { Location, SecretFile } from '../../model/config.ts'
import { composeInternal } from '../compose/internal.ts'
import type { Context } from '../context.ts'
import type { Annotated } from '../ingresses/annotate.ts'
import { catchAll } from './hosts.ts'
import type { Host } from './hosts.ts'

/**
 * What features ask of the server of a host: of each feature, the oldest Ingress of the host that has it
 * counts, among those of the namespace that owns the host.
 */
export function serverAsked({ name, first, ingresses }: Host, report: Context['report']): Phased {
  const chosen = new Map<string, Phased>()
  const owner = first?.ingress.namespace
  for (const { contributions, ingress, isRefused } of ingresses)
    for (const [feature, { server }] of contributions) {
      if (server === undefined || ingress.rules.length === 0 || isRefused) continue
      if (ingress.namespace !== owner)
        report({
          code: 'host-conflict',
          severity: 'warning',
          object: ingress,
          field: feature,
          problem: `host ${name === catchAll ? '(any)' : name} belongs to namespace ${owner}, which alone says what holds for all of its paths`,
          instead: 'it does not count for this host',
        })
      else if (!chosen.has(feature)) chosen.set(feature, server)
    }
  return inPhases([...chosen.values()])
}

/** Locations that only nginx asks, each once. */
export function internalLocations(host: Host, context: Context): readonly Location[] {
  const found = new Map<string, Location>()
  for (const annotated of host.ingresses)
    for (const { internal = [] } of annotated.contributions.values())
      for (const each of internal)
        if (!found.has(each.name) && (each.host ?? host.name) === host.name)
          found.set(each.name, composeInternal(each, annotated, context))
  return [...found.values()]
}

/** Files that directives of features name. */
export function filesAsked(annotated: readonly Annotated[]): readonly SecretFile[] {
  const found: SecretFile[] = []
  for (const { contributions } of annotated)
    for (const { files } of contributions.values()) if (files !== undefined) found.push(...files)
  return found
}
