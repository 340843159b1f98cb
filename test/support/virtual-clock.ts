import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../src/controller/clock.ts'

/** Time that passes only when a test says so. */
export class VirtualClock implements Clock {
  #now = 0
  #sleepers: { readonly at: number; readonly wake: () => void }[] = []

  now(): number {
    return this.#now
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const sleeper = { at: this.#now + ms, wake: resolve }
      this.#sleepers.push(sleeper)
      signal.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper)
        resolve()
      })
    })
  }

  /** Lets `ms` pass, in steps from one sleeper to the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    for (;;) {
      const next = this.#sleepers.toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined || next.at > end) break
      this.#now = Math.max(this.#now, next.at)
      this.#sleepers = this.#sleepers.filter((each) => each !== next)
      next.wake()
      await settled()
    }
    this.#now = end
  }
}

/** Everything that was only waiting for its turn has had it. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await setImmediate()
}
