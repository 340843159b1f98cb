import type { Diagnostic } from '../diagnostics.ts'
import type { KubernetesObject } from '../objects/kinds.ts'
import { keyOf } from '../objects/meta.ts'

/** Each object once: of several with the same kind and key the last one, and a Diagnostic. */
export function withoutDuplicates(objects: Iterable<KubernetesObject>): {
  readonly objects: readonly KubernetesObject[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const byName = new Map<string, KubernetesObject[]>()
  for (const object of objects) {
    const name = `${object.kind} ${keyOf(object)}`
    const earlier = byName.get(name)
    if (earlier === undefined) byName.set(name, [object])
    else earlier.push(object)
  }
  const all = [...byName.values()]
  return {
    objects: all.flatMap((same) => same.slice(-1)),
    diagnostics: all.flatMap((same) => (same.length > 1 ? [duplicate(same)] : [])),
  }
}

function duplicate(same: readonly KubernetesObject[]): Diagnostic {
  const { kind = '', namespace = '', name = '' } = same.at(-1) ?? {}
  const sources = same.flatMap(({ source }) => source ?? [])
  return {
    code: 'object-duplicate',
    severity: 'warning',
    object: {
      kind,
      namespace,
      name,
      ...(sources.length === 0 ? {} : { source: sources.join(', ') }),
    },
    problem: `is described ${same.length === 2 ? 'twice' : `${same.length} times`}`,
    instead: 'the last one counts',
  }
}
