import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'

export interface Answer {
  readonly status: number
  readonly body: string
  readonly type?: string
}

/** What is answered to GET and HEAD, by path. */
export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>

export interface HttpServer {
  readonly port: number
  close(): Promise<void>
}

export const ok: Answer = { status: 200, body: 'ok\n' }
export const bad = (reason: string): Answer => ({ status: 500, body: `${reason}\n` })

/** Serves `routes` until it is closed. Rejects if the port cannot be had. */
export async function listen(
  routes: Routes,
  { host, port }: { readonly host?: string | undefined; readonly port: number },
  log: Logger,
): Promise<HttpServer> {
  const server = createServer(
    { requestTimeout: 10_000, maxHeaderSize: 8_192 },
    (request, response) => {
      const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
      answerTo(routes, request.method, path)
        .catch((error: unknown): Answer => {
          log.error({ path, error: errorText(error) }, 'failed to answer')
          return bad('internal error')
        })
        .then(({ status, body, type = 'text/plain; charset=utf-8' }) => {
          response.writeHead(status, {
            'content-type': type,
            'content-length': Buffer.byteLength(body),
            'x-content-type-options': 'nosniff',
          })
          response.end(request.method === 'HEAD' ? undefined : body)
        })
        .catch(() => response.destroy())
    },
  )
  server.maxConnections = 256
  server.listen({ port, ...(host === undefined ? {} : { host }) })
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Error(`cannot listen on ${host ?? 'every address'}, port ${port}`, { cause: error })
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answerTo(routes: Routes, method: string | undefined, path: string): Promise<Answer> {
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (route === undefined) return { status: 404, body: 'not found\n' }
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'GET or HEAD\n' }
  return route()
}
