/**
 * A map that can be handed out as a value: `share` returns it as it is now, and later writes do not
 * show in it. Without a write in between the same map is returned. A write costs what changed lately, and
 * not what there is: recent changes are a small map over a large one, and become part of it from time to time.
 */
export class SharedMap<K, V> {
  #base = new Map<K, V>()
  #isBaseShared = false
  #changes: Changes<K, V> = new Map()
  #shared: ReadonlyMap<K, V> | undefined

  get(key: K): V | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.#base.get(key)
  }

  set(key: K, value: V): void {
    if (this.#isBaseShared) this.#ownChanges().set(key, value)
    else this.#base.set(key, value)
  }

  delete(key: K): void {
    if (!this.#isBaseShared) this.#base.delete(key)
    else if (this.get(key) !== undefined) this.#ownChanges().set(key, undefined)
  }

  share(): ReadonlyMap<K, V> {
    if (this.#shared !== undefined) return this.#shared
    if (this.#changes.size > mostChanges(this.#base.size)) {
      this.#base = new Map(new Layered(this.#base, this.#changes))
      this.#changes = new Map()
    }
    this.#isBaseShared = true
    this.#shared = this.#changes.size === 0 ? this.#base : new Layered(this.#base, this.#changes)
    return this.#shared
  }

  #ownChanges(): Map<K, V | undefined> {
    const own = this.#shared === undefined ? this.#changes : new Map(this.#changes)
    this.#shared = undefined
    this.#changes = own
    return own
  }
}

/** The keys that do not have the same value in both. Of two that were shared by one map, that is quickly told. */
export function differing<K, V>(a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>): ReadonlySet<K> {
  const isAlike = baseOf(a) === baseOf(b)
  const candidates = isAlike
    ? [...changesOf(a).keys(), ...changesOf(b).keys()]
    : [...a.keys(), ...b.keys()]
  return new Set(candidates.filter((key) => a.get(key) !== b.get(key)))
}

/** Undefined for what is gone. */
type Changes<K, V> = Map<K, V | undefined>

const mostChanges = (size: number): number => 32 + size / 64

/** `base` with `changes`. Made to be asked for single keys; all of them together are found anew each time. */
class Layered<K, V> implements ReadonlyMap<K, V> {
  readonly base: ReadonlyMap<K, V>
  readonly changes: Changes<K, V>

  constructor(base: ReadonlyMap<K, V>, changes: Changes<K, V>) {
    this.base = base
    this.changes = changes
  }

  get size(): number {
    return this.#whole().size
  }

  get(key: K): V | undefined {
    return this.changes.has(key) ? this.changes.get(key) : this.base.get(key)
  }

  has(key: K): boolean {
    return this.get(key) !== undefined
  }

  keys(): MapIterator<K> {
    return this.#whole().keys()
  }

  values(): MapIterator<V> {
    return this.#whole().values()
  }

  entries(): MapIterator<[K, V]> {
    return this.#whole().entries()
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }

  forEach(call: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.#whole()) call(value, key, this)
  }

  #whole(): Map<K, V> {
    const whole = new Map(this.base)
    for (const [key, value] of this.changes)
      if (value === undefined) whole.delete(key)
      else whole.set(key, value)
    return whole
  }
}

const baseOf = <K, V>(map: ReadonlyMap<K, V>): ReadonlyMap<K, V> =>
  map instanceof Layered ? (map as Layered<K, V>).base : map

const changesOf = <K, V>(map: ReadonlyMap<K, V>): ReadonlyMap<K, unknown> =>
  map instanceof Layered ? (map as Layered<K, V>).changes : new Map()
