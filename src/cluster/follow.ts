import { setTimeout as delay } from 'node:timers/promises'
import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'
import { ApiError } from './api-error.ts'
import { Backoff } from './backoff.ts'
import type { Feed, Timing } from './feed.ts'
import { list } from './list.ts'
import type { Step } from './replica.ts'
import { watchEvents } from './watch-events.ts'

/** Who is told what a feed sees. */
export interface Follower {
  changed(steps: readonly Step[]): void
  /** A complete list was taken in; its changes were told before. */
  listed(): void
  /** The API server does not allow it, `times` times in a row. */
  refused(error: ApiError, times: number): void
}

export interface FollowOptions {
  readonly timing: Timing
  /** How often to list anew although nothing is wrong; 0 for never. */
  readonly syncPeriodMs: number
  readonly log: Logger
  readonly signal: AbortSignal
}

/**
 * Keeps the feed's replica equal to what the API server has, until `signal`: a complete list, a watch
 * from there on, a new list when the server has forgotten that version (410), another try after every
 * failure. While the server is away the replica stays as it was. Rejects if the server says that the
 * very first request makes no sense (400): a selector that is none.
 */
export async function follow(
  feed: Feed,
  follower: Follower,
  options: FollowOptions,
): Promise<void> {
  const { timing, syncPeriodMs, log, signal } = options
  const { kind } = feed.replica
  const backoff = new Backoff(...timing.backoffMs)
  /** Where the next watch begins; undefined asks for a list. */
  let version: string | undefined
  let relistAt = Infinity
  let hasListed = false
  let refusals = 0
  let failingSince: number | undefined

  /** The server answered as it should. */
  function answered(): void {
    if (failingSince !== undefined)
      log.info({ kind, path: feed.path }, 'reached the API server again')
    failingSince = undefined
    refusals = 0
  }

  /** A function of its own, so that nothing of the list outlives it. */
  async function listAnew(): Promise<string> {
    const { steps, version } = await list(feed, timing.pageSize, signal)
    hasListed = true
    relistAt = syncPeriodMs > 0 ? performance.now() + syncPeriodMs : Infinity
    log.debug({ kind, path: feed.path, changes: steps.length }, 'listed')
    if (steps.length > 0) follower.changed(steps)
    follower.listed()
    return version
  }

  while (!signal.aborted) {
    let watchingSince: number | undefined
    try {
      version ??= await listAnew()
      const seconds = Math.max(1, Math.min(between(...timing.watchSeconds), secondsUntil(relistAt)))
      const batches = await watchEvents(feed, version, seconds, timing, signal)
      answered()
      watchingSince = performance.now()
      for await (const batch of batches) {
        backoff.reset()
        version = batch.version
        if (batch.steps.length > 0) follower.changed(batch.steps)
      }
      if (performance.now() >= relistAt) version = undefined
      // The server ends a watch when its time is over. One that ends at once is a failure.
      if (performance.now() - watchingSince < 900) await pause(backoff.nextMs(), signal)
    } catch (error) {
      if (signal.aborted) return
      if (isStatus(error, 400) && !hasListed)
        throw new Error(`the API server refuses to list ${feed.path}`, { cause: error })
      if (watchingSince !== undefined && performance.now() - watchingSince > 900) backoff.reset()
      failingSince ??= performance.now()
      if (!isPassing(error) || performance.now() - failingSince > timing.outageMs)
        version = undefined

      const fields = { kind, path: feed.path, error: errorText(error) }
      if (error instanceof TypeError) log.error({ ...fields, stack: error.stack }, 'hit a bug')
      else if (error instanceof ApiError && error.status === 403)
        follower.refused(error, ++refusals)
      else if (backoff.failures === 0 && !isStatus(error, 410))
        log.warn(fields, 'lost the API server')
      else log.debug(fields, 'failed again')

      const retryAfterMs = error instanceof ApiError ? error.retryAfterMs : 0
      await pause(Math.max(backoff.nextMs(), retryAfterMs), signal)
    }
  }
}

/** Whether the watch can go on where it was: the connection broke, or the server is overloaded. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiError)
    return error.status === 401 || error.status === 429 || error.status >= 500
  return !(error instanceof SyntaxError || error instanceof TypeError)
}

const isStatus = (error: unknown, status: number): boolean =>
  error instanceof ApiError && error.status === status

const between = (least: number, most: number): number =>
  Math.round(least + Math.random() * (most - least))

const secondsUntil = (moment: number): number => Math.ceil((moment - performance.now()) / 1000)

/** Waits, but not beyond `signal`. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}
