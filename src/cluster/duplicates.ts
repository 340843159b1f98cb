import type { Diagnostic } from '../diagnostics.ts'
import type { KubernetesObject } from '../objects/kinds.ts'
import { keyOf } from '../objects/meta.ts'

/** Each object once: of two with the same kind and key the later one, and a Diagnostic. */
export function withoutDuplicates(objects: Iterable<KubernetesObject>): {
  readonly objects: readonly KubernetesObject[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const byName = new Map<string, KubernetesObject>()
  const diagnostics: Diagnostic[] = []
  for (const object of objects) {
    const name = `${object.kind} ${keyOf(object)}`
    const earlier = byName.get(name)
    if (earlier !== undefined) {
      const { kind, namespace, source } = object
      diagnostics.push({
        code: 'object-duplicate',
        severity: 'warning',
        object: {
          kind,
          namespace,
          name: object.name,
          ...(source === undefined ? {} : { source }),
        },
        problem: `it is already at ${earlier.source ?? 'another place'}`,
        instead: 'the later one counts',
      })
    }
    byName.set(name, object)
  }
  return { objects: [...byName.values()], diagnostics }
}
