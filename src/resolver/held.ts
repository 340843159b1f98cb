import type { Bytes } from './packet.ts'

/** A question that waits for something to be said about `name`. */
export interface Waiting {
  readonly name: string
  /** The message: one that is sent again is the same, byte for byte. */
  readonly bytes: Bytes
}

/** nginx sends a question again every 5 s, so by then two were lost, or whoever asked is gone. */
const abandonedAfterMs = 12_000
const sweepMs = 4_000

/**
 * Questions that wait. Nothing is kept for those of workers that are gone. Times are those of
 * `performance.now`.
 */
export class Held<T extends Waiting> {
  readonly #byBytes = new Map<Bytes, { one: T; lastAt: number }>()
  readonly #byName = new Map<string, readonly T[]>()
  #sweptAt = 0

  get size(): number {
    return this.#byBytes.size
  }

  names(): readonly string[] {
    return [...this.#byName.keys()]
  }

  add(one: T, now: number): void {
    this.#sweep(now)
    const same = this.#byBytes.get(one.bytes)
    if (same !== undefined) this.release(same.one)
    this.#byBytes.set(one.bytes, { one, lastAt: now })
    this.#byName.set(one.name, [...(this.#byName.get(one.name) ?? []), one])
  }

  /** The question that waits already and now was sent again, if it is one. */
  again(bytes: Bytes, now: number): T | undefined {
    const held = this.#byBytes.get(bytes)
    if (held !== undefined) held.lastAt = now
    return held?.one
  }

  /** Those that wait for `name`, which wait no longer. */
  take(name: string): readonly T[] {
    const all = this.#byName.get(name) ?? []
    this.#byName.delete(name)
    for (const { bytes } of all) this.#byBytes.delete(bytes)
    return all
  }

  /** `one` waits no longer. */
  release(one: T): void {
    this.#byBytes.delete(one.bytes)
    const rest = this.#byName.get(one.name)?.filter((each) => each !== one) ?? []
    if (rest.length === 0) this.#byName.delete(one.name)
    else this.#byName.set(one.name, rest)
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < sweepMs) return
    this.#sweptAt = now
    for (const { one, lastAt } of this.#byBytes.values())
      if (now - lastAt > abandonedAfterMs) this.release(one)
  }
}
