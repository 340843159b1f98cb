import { ApiError } from './api-error.ts'
import type { Feed, Timing } from './feed.ts'
import { fieldsOf, textOf } from './raw.ts'
import type { Step } from './replica.ts'

/** Events that arrived together. */
export interface Batch {
  readonly steps: readonly Step[]
  /** Where a later watch goes on. Opaque. */
  readonly version: string
}

/**
 * Takes what happens after `version` into the feed's replica, for about `seconds`; resolves when the
 * server has begun to answer. Ends when the server ends it. Throws an ApiError for an ERROR event.
 */
export async function watchEvents(
  feed: Feed,
  version: string,
  seconds: number,
  timing: Timing,
  signal: AbortSignal,
): Promise<AsyncIterable<Batch>> {
  let hasBookmarks = false
  const lines = await feed.connection.stream({
    path: feed.path,
    query: {
      ...feed.query,
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
      timeoutSeconds: String(seconds),
    },
    silenceMs: () => (hasBookmarks ? timing.bookmarkSilenceMs : seconds * 1000 + timing.graceMs),
    signal,
  })
  return (async function* () {
    let present = version
    for await (const events of lines) {
      const steps: Step[] = []
      for (const event of events) {
        const { type, object } = fieldsOf(event)
        switch (type) {
          case 'ADDED':
          case 'MODIFIED':
            steps.push(...feed.replica.put(object))
            break
          case 'DELETED':
            steps.push(...feed.replica.remove(object))
            break
          case 'BOOKMARK':
            hasBookmarks = true
            break
          case 'ERROR':
            yield { steps, version: present }
            throw ApiError.ofStatus(object)
          default:
            throw new Error('the API server sent an event of an unknown type')
        }
        present = textOf(fieldsOf(fieldsOf(object)['metadata'])['resourceVersion']) || present
      }
      yield { steps, version: present }
    }
  })()
}
