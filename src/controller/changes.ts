import type { Change } from '../cluster/source.ts'
import type { Clock } from './clock.ts'
import { longestHoldOffMs, quietMs } from './pacing.ts'

/** More are counted as "much", and not kept. */
const mostKept = 1_000

/** What has changed since the last pass, and when it is quiet enough for the next. */
export class Changes {
  readonly #clock: Clock
  #kept: Change[] = []
  #since: number | undefined
  #last = 0
  #next = Promise.withResolvers<void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** With no `changes`: something else that a pass depends on. */
  add(changes: readonly Change[] = []): void {
    this.#kept.push(...changes.slice(0, Math.max(0, mostKept - this.#kept.length)))
    this.#last = this.#clock.now()
    this.#since ??= this.#last
    this.#next.resolve()
  }

  get isEmpty(): boolean {
    return this.#since === undefined
  }

  /** Forgets them and returns those of objects. */
  take(): readonly Change[] {
    const kept = this.#kept
    this.#kept = []
    this.#since = undefined
    this.#next = Promise.withResolvers()
    return kept
  }

  /** Resolves with the next change; at once if there is one. */
  get next(): Promise<void> {
    return this.#next.promise
  }

  /** Resolves when there has been none for a moment, and never long after the first. */
  async quiet(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#since !== undefined) {
      const until = Math.min(this.#last + quietMs, this.#since + longestHoldOffMs)
      const rest = until - this.#clock.now()
      if (rest <= 0) return
      await this.#clock.sleep(rest, signal)
    }
  }
}
