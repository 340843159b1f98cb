import { ApiError } from './api-error.ts'
import type { Feed } from './feed.ts'
import { fieldsOf, textOf } from './raw.ts'
import type { Step } from './replica.ts'

export interface Listed {
  readonly steps: readonly Step[]
  /** Where a watch goes on. Opaque. */
  readonly version: string
}

/** Takes a complete list into the feed's replica, or throws and changes nothing. */
export async function list(feed: Feed, pageSize: number, signal: AbortSignal): Promise<Listed> {
  try {
    return await listInPages(feed, pageSize, signal)
  } catch (error) {
    if (!(error instanceof ApiError && error.isExpiry)) throw error
    // The history that the pages were read from was compacted meanwhile: one page needs none.
    return listInPages(feed, 0, signal)
  }
}

/** `limit` 0 is everything in one page. */
async function listInPages(feed: Feed, limit: number, signal: AbortSignal): Promise<Listed> {
  const relist = feed.replica.relist()
  let version = ''
  let next = ''
  do {
    const query = {
      ...feed.query,
      ...(limit === 0 ? {} : { limit: String(limit) }),
      ...(next === '' ? {} : { continue: next }),
    }
    const page = fieldsOf(await feed.connection.request({ path: feed.path, query, signal }))
    const metadata = fieldsOf(page['metadata'])
    const items = page['items'] ?? []
    version = textOf(metadata['resourceVersion'])
    if (!Array.isArray(items) || version === '')
      throw new Error(`the API server answered ${feed.path} with something that is not a list`)
    for (const item of items) relist.add(item)
    next = textOf(metadata['continue'])
  } while (next !== '')
  return { steps: relist.finish(), version }
}
