/** When things may happen again, as pure functions of what has happened. */

/** nginx reloads when changes have been quiet for this long … */
export const quietMs = 50
/** … and the pass for it starts never later than this after the first of them. */
export const longestHoldOffMs = 500
/** A pass may start this soon: translating, writing and testing take up the rest of the quiet time. */
export const earlyMs = 2

/** So many reloads may follow each other at once, and so long each of them counts. */
export const freeReloads = 3
export const windowMs = 30_000
const longestGapInReloads = 4
const longestBackOffMs = 60_000

export interface Reload {
  readonly at: number
  readonly ms: number
}

/** The reloads that still count for the next one. */
export function recent(reloads: readonly Reload[], now: number): readonly Reload[] {
  return reloads.filter(({ at }) => now - at < windowMs)
}

/**
 * When the next reload may start. A few may follow each other at once; then the interval grows to four
 * times what the last one cost, because each leaves old workers behind that live as long as their
 * connections. Single changes never wait.
 */
export function nextReloadAt(reloads: readonly Reload[], now: number, leastGapMs: number): number {
  const last = reloads.at(-1)
  if (last === undefined) return now
  const crowd = Math.max(0, recent(reloads, now).length - freeReloads)
  const gap = last.ms * Math.min(crowd, longestGapInReloads)
  return last.at + Math.max(gap, leastGapMs)
}

const mostOldWorkers = 8
const mostOldGenerations = 4
/** Changes of endpoints alone are kept back no longer than this while too many old workers drain. */
export const longestDrainWaitMs = 30_000
/** How often old workers are counted meanwhile. */
export const drainCheckMs = 500

/**
 * Whether so many `old` workers drain beside the `present` ones that another reload can wait: each keeps
 * the memory of a whole configuration for as long as its longest connection lives.
 */
export const isCrowded = (old: number, present: number): boolean =>
  old > Math.max(mostOldWorkers, mostOldGenerations * present)

/** Exponential, up to a minute, with half of it by chance, so that replicas do not act in step. */
export function backOffMs(failures: number): number {
  const full = Math.min(longestBackOffMs, 1_000 * 2 ** Math.min(failures - 1, 16))
  return full / 2 + (Math.random() * full) / 2
}
