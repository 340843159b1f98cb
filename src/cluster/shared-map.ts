/**
 * A map that can be handed out as a value: `share` returns it as it is now, and the next write goes
 * to a copy. Without a write in between the same map is returned.
 */
export class SharedMap<K, V> {
  #map = new Map<K, V>()
  #isShared = false

  get(key: K): V | undefined {
    return this.#map.get(key)
  }

  set(key: K, value: V): void {
    this.#own().set(key, value)
  }

  delete(key: K): void {
    if (this.#map.has(key)) this.#own().delete(key)
  }

  share(): ReadonlyMap<K, V> {
    this.#isShared = true
    return this.#map
  }

  #own(): Map<K, V> {
    if (this.#isShared) this.#map = new Map(this.#map)
    this.#isShared = false
    return this.#map
  }
}
