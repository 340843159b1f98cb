import type { Kind, KubernetesObject } from '../objects/kinds.ts'
import { keyOf } from '../objects/meta.ts'
import type { Key } from '../objects/meta.ts'
import type { Scope } from './feeds.ts'

/** Which of the objects that are read count: where only some namespaces are watched not all of them do. */
export class Visibility {
  readonly #isLimited: boolean
  readonly #pinned: ReadonlyMap<string, ReadonlySet<Key>>
  readonly #namespaces = new Set<string>()

  constructor({ watchNamespace = '', watchNamespaceSelector = '', pinned = {} }: Scope) {
    this.#isLimited = watchNamespace !== '' || watchNamespaceSelector !== ''
    if (watchNamespace !== '') this.#namespaces.add(watchNamespace)
    this.#pinned = new Map(Object.entries(pinned).map(([kind, keys]) => [kind, new Set(keys)]))
  }

  /** The labels of `namespace` match now, or no longer do. */
  setNamespace(namespace: string, isMatching: boolean): void {
    if (isMatching) this.#namespaces.add(namespace)
    else this.#namespaces.delete(namespace)
  }

  /** `object` is undefined where it could not be decoded. */
  allows(kind: Kind, key: Key, object: KubernetesObject | undefined): boolean {
    if (!this.#isLimited || kind === 'IngressClass' || kind === 'Namespace') return true
    if (this.#namespaces.has(namespaceOf(key))) return true
    if (object?.kind !== 'EndpointSlice') return this.#isPinned(kind, key)
    return this.#isPinned('Service', keyOf({ namespace: object.namespace, name: object.service }))
  }

  #isPinned(kind: Kind, key: Key): boolean {
    return this.#pinned.get(kind)?.has(key) === true
  }
}

export const namespaceOf = (key: Key): string => key.slice(0, key.indexOf('/'))
