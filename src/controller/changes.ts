import type { Change } from '../cluster/source.ts'
import type { Clock } from './clock.ts'
import { earlyMs, longestHoldOffMs, quietMs } from './pacing.ts'

/** More are counted as "much", and not kept. */
const mostKept = 1_000

interface Taken {
  readonly kept: readonly Change[]
  readonly since: number | undefined
  readonly hadOther: boolean
}

/** What has changed since the last pass, and when it is quiet enough for the next. */
export class Changes {
  readonly #clock: Clock
  #kept: Change[] = []
  #since: number | undefined
  /** Those that were taken last, and since when they had waited. */
  #taken: Taken = { kept: [], since: undefined, hadOther: false }
  #last = 0
  #next = Promise.withResolvers<void>()
  /** Resolved with the first that is not an EndpointSlice. */
  #other = Promise.withResolvers<void>()
  #hasOther = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** With no `changes`: something else that a pass depends on. */
  add(changes: readonly Change[] = []): void {
    this.#keep(changes)
    this.#last = this.#clock.now()
    this.#since ??= this.#last
    this.#next.resolve()
    if (changes.length > 0 && changes.every(({ kind }) => kind === 'EndpointSlice')) return
    this.#hasOther = true
    this.#other.resolve()
  }

  #keep(changes: readonly Change[]): void {
    this.#kept.push(...changes.slice(0, Math.max(0, mostKept - this.#kept.length)))
  }

  /** There are some, and all of them are of EndpointSlices. */
  get areEndpoints(): boolean {
    return !this.isEmpty && !this.#hasOther
  }

  /** How long the first of them has waited. */
  get ageMs(): number {
    return this.#since === undefined ? 0 : this.#clock.now() - this.#since
  }

  /** Resolves with the next change of anything but an EndpointSlice; at once if there is one. */
  get other(): Promise<void> {
    return this.#other.promise
  }

  get isEmpty(): boolean {
    return this.#since === undefined
  }

  /** Forgets them and returns those of objects. */
  take(): readonly Change[] {
    const kept = this.#kept
    this.#taken = { kept, since: this.#since, hadOther: this.#hasOther }
    this.#kept = []
    this.#since = undefined
    this.#next = Promise.withResolvers()
    this.#other = Promise.withResolvers()
    this.#hasOther = false
    return kept
  }

  /** Those that were taken last came to nothing: they are there again, before any that followed. */
  putBack(): void {
    const { kept, since, hadOther } = this.#taken
    this.#taken = { kept: [], since: undefined, hadOther: false }
    if (hadOther) this.#hasOther = true
    if (hadOther) this.#other.resolve()
    const later = this.#kept
    this.#kept = []
    this.#keep(kept)
    this.#keep(later)
    this.#since = since ?? this.#since
  }

  /** Resolves with the next change; at once if there is one. */
  get next(): Promise<void> {
    return this.#next.promise
  }

  /** Resolves when a pass may start: `early`, or when there has been none for a moment, and never long after the first. */
  async quiet(early: boolean, signal: AbortSignal): Promise<void> {
    const leastMs = early ? earlyMs : quietMs
    while (!signal.aborted && this.#since !== undefined) {
      const until = Math.min(this.#last + leastMs, this.#since + longestHoldOffMs)
      const rest = until - this.#clock.now()
      if (rest <= 0) return
      await this.#clock.sleep(rest, signal)
    }
  }

  /**
   * Waits until those that were taken last have been followed by a moment of quiet; false if more came.
   * Those that have waited for long do not wait for others.
   */
  async wereLast(signal: AbortSignal): Promise<boolean> {
    const { since } = this.#taken
    if (since === undefined || this.#clock.now() - since >= longestHoldOffMs) return true
    const rest = this.#last + quietMs - this.#clock.now()
    if (rest > 0 && this.isEmpty) {
      const enough = new AbortController()
      const quiet = this.#clock.sleep(rest, AbortSignal.any([signal, enough.signal]))
      await Promise.race([quiet, this.next])
      enough.abort()
    }
    return this.isEmpty
  }
}
