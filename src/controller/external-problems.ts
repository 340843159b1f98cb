import type { Diagnostic, ObjectRef } from '../diagnostics.ts'
import { keyOf } from '../objects/meta.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import type { NamedEndpoints } from '../translate/translation.ts'
import type { ExternalNames } from './external-names.ts'

/** A name outside the cluster, and what leads to it: a Service or a URL. */
export interface ExternalReference {
  readonly name: string
  readonly from: ObjectRef
}

/** What is wrong with names. Only DNS can tell, so no translation does. */
export function externalProblems(
  references: Iterable<ExternalReference>,
  names: Pick<ExternalNames, 'about'>,
  /** Of a name without an address. */
  instead: string,
): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  for (const { name, from } of references) {
    const { problem, leftOut = [] } = names.about(name) ?? {}
    const about = {
      code: 'service-without-endpoints',
      severity: 'warning',
      object: from,
      ...(from.kind === 'Service' ? { field: 'spec.externalName' } : {}),
    } as const
    if (problem !== undefined) found.push({ ...about, problem: `${name}: ${problem}`, instead })
    if (leftOut.length > 0)
      found.push({
        ...about,
        problem: `${name} leads to ${leftOut.join(', ')}, which requests must not reach`,
        instead: 'these addresses are left out',
      })
  }
  return found
}

/** Names that nginx is told of, each once of a Service or URL. */
export function toldNames(
  endpoints: Iterable<NamedEndpoints>,
  { services }: Pick<Snapshot, 'services'>,
): readonly ExternalReference[] {
  const told = new Map<string, ExternalReference>()
  for (const { external } of endpoints) {
    if (external === undefined) continue
    const { name, from } = external
    const key = `${from.kind} ${keyOf(from)}`
    const service = from.kind === 'Service' ? services.get(keyOf(from)) : undefined
    told.set(key, { name, from: service ?? from })
  }
  return [...told.values()]
}
