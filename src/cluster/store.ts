import type { Diagnostic } from '../diagnostics.ts'
import { exact } from '../exact.ts'
import type { EndpointSlice, Ingress, Kind, KubernetesObject, OfKind } from '../objects/kinds.ts'
import { byAge, keyOf } from '../objects/meta.ts'
import type { Key } from '../objects/meta.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import { isSameContent } from './same-content.ts'
import { SharedMap } from './shared-map.ts'
import type { Change } from './source.ts'

/** What became of one object; undefined if it is gone. */
export interface Update {
  readonly kind: Kind
  readonly key: Key
  readonly object: KubernetesObject | undefined
}

/**
 * The objects of a cluster, and a Snapshot of them that costs what changed since the last one. A kind
 * without a change keeps its map, and so its identity, from one Snapshot to the next.
 */
export class Store {
  readonly #tables: { readonly [K in Kind]: SharedMap<Key, OfKind<K>> } = {
    Ingress: new SharedMap(),
    IngressClass: new SharedMap(),
    Service: new SharedMap(),
    EndpointSlice: new SharedMap(),
    Secret: new SharedMap(),
    ConfigMap: new SharedMap(),
    Namespace: new SharedMap(),
  }
  readonly #slicesByService = new SharedMap<Key, readonly EndpointSlice[]>()
  readonly #joining = new Set<Ingress>()
  readonly #leaving = new Set<Ingress>()
  readonly #listeners: ((changes: readonly Change[]) => void)[] = []
  #ingresses: readonly Ingress[] = []
  #areClassesReadable = true
  #diagnostics: readonly Diagnostic[] = []
  #snapshot: Snapshot | undefined

  onChange(listener: (changes: readonly Change[]) => void): void {
    this.#listeners.push(listener)
  }

  /** Takes in what changed, then tells the listeners, once. */
  apply(updates: Iterable<Update>, diagnostics: readonly Diagnostic[] = this.#diagnostics): void {
    const changes: Change[] = []
    let isTouched = diagnostics !== this.#diagnostics
    this.#diagnostics = diagnostics
    for (const { kind, key, object } of updates) {
      const table: SharedMap<Key, KubernetesObject> = this.#tables[kind]
      const previous = table.get(key)
      if (previous === object) continue
      isTouched = true
      if (object === undefined) table.delete(key)
      else table.set(key, object)
      this.#derive(previous, object)
      for (const verb of verbsOf(previous, object)) changes.push({ kind, key, verb })
    }
    if (isTouched) this.#tell(changes)
  }

  /** Whether the API server lets Sluice list IngressClasses. */
  setClassesReadable(areReadable: boolean): void {
    if (areReadable === this.#areClassesReadable) return
    this.#areClassesReadable = areReadable
    this.#tell([])
  }

  snapshot(): Snapshot {
    this.#snapshot ??= {
      ingresses: this.#sortedIngresses(),
      ingressClasses: this.#areClassesReadable ? this.#tables.IngressClass.share() : undefined,
      services: this.#tables.Service.share(),
      endpointSlices: this.#slicesByService.share(),
      secrets: this.#tables.Secret.share(),
      configMaps: this.#tables.ConfigMap.share(),
      diagnostics: this.#diagnostics,
    }
    return this.#snapshot
  }

  #tell(changes: readonly Change[]): void {
    this.#snapshot = undefined
    for (const listener of this.#listeners) listener(changes)
  }

  /** Keeps up what a Snapshot has beyond one map a kind. */
  #derive(previous: KubernetesObject | undefined, object: KubernetesObject | undefined): void {
    if (previous?.kind === 'Ingress' && !this.#joining.delete(previous)) this.#leaving.add(previous)
    if (object?.kind === 'Ingress') this.#joining.add(object)
    if (previous?.kind === 'EndpointSlice') this.#placeSlice(previous, [])
    if (object?.kind === 'EndpointSlice') this.#placeSlice(object, [object])
  }

  /** Puts `instead` where the slice named like `slice` was, if it was; slices stand in order of name. */
  #placeSlice(slice: EndpointSlice, instead: readonly EndpointSlice[]): void {
    if (slice.service === '') return
    const key = keyOf({ namespace: slice.namespace, name: slice.service })
    const others = (this.#slicesByService.get(key) ?? []).filter(({ name }) => name !== slice.name)
    const slices = exact([...others, ...instead].sort((a, b) => (a.name < b.name ? -1 : 1)))
    if (slices.length === 0) this.#slicesByService.delete(key)
    else this.#slicesByService.set(key, slices)
  }

  #sortedIngresses(): readonly Ingress[] {
    if (this.#joining.size > 0 || this.#leaving.size > 0) {
      const staying = this.#ingresses.filter((ingress) => !this.#leaving.has(ingress))
      // One long sorted run and a short rest: the sort costs little more than one look at each.
      this.#ingresses = [...staying, ...this.#joining].sort(byAge)
      this.#joining.clear()
      this.#leaving.clear()
    }
    return this.#ingresses
  }
}

function verbsOf(
  previous: KubernetesObject | undefined,
  object: KubernetesObject | undefined,
): readonly Change['verb'][] {
  if (previous === undefined) return ['created']
  if (object === undefined) return ['removed']
  if (previous.uid !== object.uid) return ['removed', 'created']
  return isSameContent(previous, object) ? [] : ['changed']
}
