import type { Diagnostic } from '../diagnostics.ts'
import type { Kind, KubernetesObject } from '../objects/kinds.ts'
import { isKind } from '../objects/decode.ts'
import { labelSelectorOf } from '../objects/label-selector.ts'
import { keyOf } from '../objects/meta.ts'
import type { Scope } from './feeds.ts'
import { Visibility } from './visibility.ts'

interface Content {
  readonly objects: readonly KubernetesObject[]
  readonly diagnostics: readonly Diagnostic[]
}

/** What of the objects of files counts: an API server would show no others to who watches `scope`. */
export function withinScope<C extends Content>(content: C, scope: Scope): C {
  const { watchNamespace, watchNamespaceSelector } = scope
  if (!watchNamespace && !watchNamespaceSelector) return content
  const visibility = new Visibility(scope)
  for (const namespace of selected(content.objects, watchNamespaceSelector))
    visibility.setNamespace(namespace, true)
  return {
    ...content,
    objects: content.objects.filter((object) =>
      visibility.allows(object.kind, keyOf(object), object),
    ),
    diagnostics: content.diagnostics.filter(({ object: { kind, namespace, name } }) => {
      // What cannot be read may be anybody's.
      if (!isKind(kind) || isClusterScoped(kind)) return true
      const key = keyOf({ namespace: namespace === '' ? 'default' : namespace, name })
      return visibility.allows(kind, key, undefined)
    }),
  }
}

/** The namespaces whose labels match. Files need not describe a namespace: then it has its name alone. */
function selected(
  objects: readonly KubernetesObject[],
  text: string | undefined,
): readonly string[] {
  const isMatching = labelSelectorOf(text ?? '')
  if (isMatching === undefined) return []
  const labels = new Map(
    objects.map(({ namespace }) => [namespace, new Map<string, string>()] as const),
  )
  for (const object of objects)
    if (object.kind === 'Namespace') labels.set(object.name, new Map(object.labels))
  // Every namespace of an API server has this one.
  for (const [name, each] of labels) each.set('kubernetes.io/metadata.name', name)
  return [...labels].flatMap(([name, each]) => (isMatching(each) ? [name] : []))
}

const isClusterScoped = (kind: Kind): boolean => kind === 'IngressClass' || kind === 'Namespace'
