import type { Connection } from './connection.ts'
import type { Replica } from './replica.ts'

/** What to list and watch, and where the result is kept. */
export interface Feed {
  readonly replica: Replica
  readonly connection: Connection
  /** `/api/v1/services` */
  readonly path: string
  /** Selectors. */
  readonly query: Readonly<Record<string, string>>
}

export interface Timing {
  /** Objects in one answer to a list. Each page is in memory as a whole, raw and parsed. */
  readonly pageSize: number
  /** A watch lives this long, at least and at most; then the server ends it and a new one begins. */
  readonly watchSeconds: readonly [number, number]
  /** Silence that means a dead connection where the server has shown that it sends bookmarks. */
  readonly bookmarkSilenceMs: number
  /** How long beyond its announced end a watch may be silent otherwise. */
  readonly graceMs: number
  /** After an outage this long everything is listed anew: the server may be back with older data. */
  readonly outageMs: number
  /** The first and the longest wait between two tries. */
  readonly backoffMs: readonly [number, number]
}

/**
 * The API server sends a bookmark about every minute, but none while nothing of the kind has changed
 * since the watch began: so silence tells something only after the first one.
 */
export const usualTiming: Timing = {
  pageSize: 200,
  watchSeconds: [290, 590],
  bookmarkSilenceMs: 150_000,
  graceMs: 15_000,
  outageMs: 10_000,
  backoffMs: [100, 30_000],
}
