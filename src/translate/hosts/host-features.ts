import type { Internal, Phased } from '../../annotations/contribution.ts'
import { inPhases } from '../../annotations/contribution.ts'
import type { Location, SecretFile } from '../../model/config.ts'
import type { Directive } from '../../model/directive.ts'
import type { Annotated } from '../ingresses/annotate.ts'
import type { KeptOrder } from '../memory/kept.ts'
import type { Host } from './hosts.ts'

/** What features ask of the server of a host: of each feature, the oldest Ingress of the host that has it counts. */
export function serverAsked({ ingresses }: Host): Phased {
  const chosen = new Map<string, Phased>()
  for (const { contributions, ingress } of ingresses)
    for (const [feature, { server }] of contributions)
      if (server !== undefined && ingress.rules.length > 0 && !chosen.has(feature))
        chosen.set(feature, server)
  return inPhases([...chosen.values()])
}

/** Locations that only nginx asks, each once. */
export function internalLocations({ ingresses }: Host): readonly Location[] {
  const found = new Map<string, { readonly internal: Internal; readonly of: Annotated }>()
  for (const annotated of ingresses)
    for (const { internal } of annotated.contributions.values())
      for (const [name, each] of internal ?? [])
        if (!found.has(name)) found.set(name, { internal: each, of: annotated })
  return [...found.values()].map(({ internal, of }) => ({ ...internal, origin: of.origin }))
}

/** What features of Ingresses define in http, sorted by variable or zone. */
export function httpAsked(annotated: readonly Annotated[], order: KeptOrder): readonly Directive[] {
  const found = new Map<string, { readonly name: string; readonly line: Directive }>()
  for (const { contributions, policy } of annotated)
    for (const [feature, { http }] of contributions)
      // of a canary the other annotations do not count
      if (http !== undefined && (policy.isCanary !== true || feature === 'canary'))
        for (const [name, line] of http) found.set(name, { name, line })
  return order.of(found, byName).map(({ line }) => line)
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0

/** Files that directives of features name. */
export const filesAsked = (annotated: readonly Annotated[]): readonly SecretFile[] =>
  annotated.flatMap(({ contributions }) =>
    [...contributions.values()].flatMap(({ files }) => files ?? []),
  )
