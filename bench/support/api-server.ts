import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resources } from '../../src/cluster/feeds.ts'
import type { Kind } from '../../src/objects/kinds.ts'
import type { Raw } from './workload.ts'

/**
 * Lists and watches as an API server answers them, without etcd behind it: a cluster of any size is
 * there at once, and what is measured is Sluice alone.
 */
export interface ApiServer {
  readonly url: string
  /** Adds or changes objects, which whoever watches is told at once. */
  apply(...objects: readonly Raw[]): void
  close(): Promise<void>
}

interface Table {
  readonly items: Map<string, string>
  readonly watches: Set<ServerResponse>
}

export async function apiServer(objects: readonly Raw[]): Promise<ApiServer> {
  let version = 1
  const tables = new Map<string, Table>(
    Object.values(resources).map((resource) => [
      resource,
      { items: new Map(), watches: new Set() },
    ]),
  )
  const tableOf = (kind: Kind): Table | undefined => tables.get(resources[kind])

  const put = (object: Raw): void => {
    const table = tableOf(object.kind)
    if (table === undefined) throw new Error(`nobody reads ${object.kind}`)
    const { namespace = '', name } = object.metadata
    const key = `${namespace}/${name}`
    const metadata = { ...object.metadata, resourceVersion: String(++version) }
    const text = JSON.stringify({ ...object, metadata })
    const type = table.items.has(key) ? 'MODIFIED' : 'ADDED'
    table.items.set(key, text)
    for (const watch of table.watches) watch.write(`{"type":"${type}","object":${text}}\n`)
  }
  for (const object of objects) put(object)

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const table = tables.get(url.pathname.split('/').at(-1) ?? '')
    if (table === undefined) {
      response.writeHead(404).end('{}')
      return
    }
    response.setHeader('content-type', 'application/json')
    if (url.searchParams.get('watch') === 'true') {
      table.watches.add(response)
      response.on('close', () => table.watches.delete(response))
      response.flushHeaders()
    } else response.end(pageOf(table, url.searchParams, version))
  }
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apply: (...changed) => {
      for (const object of changed) put(object)
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Nothing is created or removed while somebody lists, so a page may begin at a number. */
function pageOf({ items }: Table, query: URLSearchParams, version: number): string {
  const limit = Number(query.get('limit') ?? items.size)
  const begin = Number(query.get('continue') ?? 0)
  const page = [...items.values()].slice(begin, begin + limit)
  const next = begin + limit < items.size ? `,"continue":"${begin + limit}"` : ''
  return `{"metadata":{"resourceVersion":"${version}"${next}},"items":[${page.join(',')}]}`
}
