import { setTimeout as delay } from 'node:timers/promises'

/** Time as the loop sees it, so that a test can be its master. */
export interface Clock {
  /** Milliseconds since some moment; never goes back. */
  now(): number
  /** Resolves after `ms`, or when `signal` is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal }).catch(() => undefined)
  },
}
