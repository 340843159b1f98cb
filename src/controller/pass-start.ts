import type { Changes } from './changes.ts'
import type { Clock } from './clock.ts'
import {
  drainCheckMs,
  longestDrainWaitMs,
  longestHoldOffMs,
  nextReloadAt,
  recent,
} from './pacing.ts'
import type { Reload } from './pacing.ts'

export interface PassStartSettings {
  /** Whether more old workers drain than another reload for endpoints alone should add to. */
  readonly isCrowded?: () => boolean
  /** nginx is told of endpoints past the loop: they are no part of a bundle. */
  readonly areEndpointsTold?: boolean
  /** Least time from one reload to the next. */
  readonly leastGapMs?: number
}

/** When the next pass may start: what has changed, and what the reloads before it cost, say so. */
export class PassStart {
  readonly #settings: PassStartSettings
  readonly #changes: Changes
  readonly #clock: Clock
  #reloads: readonly Reload[] = []

  constructor(settings: PassStartSettings, changes: Changes, clock: Clock) {
    this.#settings = settings
    this.#changes = changes
    this.#clock = clock
  }

  /** nginx has reloaded now, and took `ms` for it. */
  reloaded(ms: number): void {
    const at = this.#clock.now()
    this.#reloads = [...recent(this.#reloads, at), { at, ms }]
  }

  /** Resolves when it may; `early` if it need not wait until changes are quiet. */
  async wait(early: boolean, signal: AbortSignal): Promise<void> {
    await this.#endpointsAlone(signal)
    await this.#changes.quiet(early, signal)
    await this.#clock.sleep(this.#gapMs(), signal)
    await this.#room(signal)
  }

  /**
   * Where nginx is told of endpoints, a change of them alone changes no bundle. It waits for others to
   * come with it: a pass would keep nginx waiting for its answers.
   */
  async #endpointsAlone(signal: AbortSignal): Promise<void> {
    const rest = longestHoldOffMs - this.#changes.ageMs
    if (this.#settings.areEndpointsTold === true && this.#changes.areEndpoints && rest > 0)
      await this.#otherOr(rest, signal)
  }

  /** Until not too many old workers drain; endpoints alone wait for that, and not for good. */
  async #room(signal: AbortSignal): Promise<void> {
    const { isCrowded = () => false } = this.#settings
    const isWaiting = (): boolean =>
      !signal.aborted && this.#changes.areEndpoints && this.#changes.ageMs < longestDrainWaitMs
    while (isWaiting() && isCrowded()) await this.#otherOr(drainCheckMs, signal)
  }

  /** Until anything but an endpoint changes, or `ms` are over. */
  async #otherOr(ms: number, signal: AbortSignal): Promise<void> {
    const enough = new AbortController()
    const pause = this.#clock.sleep(ms, AbortSignal.any([signal, enough.signal]))
    await Promise.race([pause, this.#changes.other])
    enough.abort()
  }

  #gapMs(): number {
    const now = this.#clock.now()
    return Math.max(0, nextReloadAt(this.#reloads, now, this.#settings.leastGapMs ?? 0) - now)
  }
}
