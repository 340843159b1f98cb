import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { RequestOptions } from 'node:https'
import type { Socket } from 'node:net'
import { ApiError } from './api-error.ts'
import { jsonLines } from './json-lines.ts'
import type { ApiServerSettings } from './kube-config.ts'

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/api/v1/services` */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  readonly contentType?: string
  /** How long the server may be silent within its answer; asked anew after every sign of life. */
  readonly silenceMs?: () => number
  readonly signal: AbortSignal
}

/** One API server, one identity. */
export interface Connection {
  readonly server: string
  /** The answer, parsed. Throws an ApiError where the server answers with an error. */
  request(request: ApiRequest): Promise<unknown>
  /** An answer of one JSON value a line, in the groups in which they arrive; resolves when it begins. */
  stream(request: ApiRequest): Promise<AsyncIterable<readonly unknown[]>>
}

const connectMs = 10_000
const answerMs = 30_000
/** The kernel asks a silent peer every second after this; one that is gone is noticed in 25 s. */
const tcpKeepAliveMs = 15_000

/**
 * Credentials and TLS are those of the Kubernetes client's KubeConfig (tokens are read again when
 * they rotate); requests are plain HTTP/1.1, so that one page or one event is in memory at a time.
 */
export async function connect(settings: ApiServerSettings): Promise<Connection> {
  // Loaded on use: the client costs tens of megabytes that `--manifests` and `render` need not pay.
  const { loadKubeConfig } = await import('./kube-config.ts')
  let config = await loadKubeConfig(settings)
  const agents = {
    http: new HttpAgent({ keepAlive: true }),
    https: new HttpsAgent({ keepAlive: true }),
  }
  const clusterOf = () => {
    const cluster = config.getCurrentCluster()
    if (cluster === null) throw new Error('the kubeconfig has no current cluster any more')
    return cluster
  }

  async function send(request: ApiRequest): Promise<IncomingMessage> {
    const { server, proxyUrl } = clusterOf()
    const isSecure = server.startsWith('https:')
    const body = request.body === undefined ? undefined : JSON.stringify(request.body)
    const options: RequestOptions = {
      method: request.method ?? 'GET',
      signal: request.signal,
      headers: {
        accept: 'application/json',
        'user-agent': 'sluice',
        ...(body === undefined
          ? {}
          : {
              'content-type': request.contentType ?? 'application/json',
              'content-length': Buffer.byteLength(body),
            }),
      },
    }
    await config.applyToHTTPSOptions(options)
    options.headers = withoutNewlines(options.headers)
    if (!proxyUrl) options.agent = isSecure ? agents.https : agents.http

    const response = await answerTo(
      (isSecure ? httpsRequest : httpRequest)(urlOf(server, request), options),
      body,
      request.silenceMs ?? (() => answerMs),
    )
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return response
    // A token that was rotated early, or a kubeconfig that was written anew.
    if (status === 401) config = await loadKubeConfig(settings)
    throw ApiError.of(status, await textOf(response), response.headers['retry-after'])
  }

  return {
    server: clusterOf().server,
    async request(request) {
      const text = await textOf(await send(request))
      try {
        return JSON.parse(text) as unknown
      } catch (cause) {
        throw new Error('the API server did not answer with JSON', { cause })
      }
    },
    async stream(request) {
      return jsonLines(bodyOf(await send(request)))
    },
  }
}

/** A token file written by hand ends with a newline, which no header may hold. */
function withoutNewlines(headers: RequestOptions['headers']): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.trim() : value,
    ]),
  )
}

function urlOf(server: string, { path, query }: ApiRequest): URL {
  const url = new URL(server)
  url.pathname = url.pathname.replace(/\/$/, '') + path
  url.search = new URLSearchParams(query).toString()
  return url
}

/** Sends `body`; the answer's head. A server that is silent for too long fails the request, then or later. */
function answerTo(
  request: ClientRequest,
  body: string | undefined,
  silenceMs: () => number,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  let answer: IncomingMessage | undefined
  let timer = setTimeout(giveUp, connectMs, connectMs)
  function giveUp(limitMs: number): void {
    const error = new Error(`the API server was silent for ${Math.round(limitMs / 1000)} s`)
    if (answer === undefined) request.destroy(error)
    else answer.destroy(error)
  }
  function allow(limitMs: number): void {
    clearTimeout(timer)
    timer = setTimeout(giveUp, limitMs, limitMs)
  }
  request.once('socket', (socket: Socket) => {
    socket.setKeepAlive(true, tcpKeepAliveMs)
    if (!socket.connecting) allow(answerMs)
    else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => allow(answerMs))
  })
  request.on('error', reject)
  request.once('close', () => clearTimeout(timer))
  request.once('response', (response) => {
    answer = response
    allow(silenceMs())
    response.on('data', () => allow(silenceMs()))
    response.pause()
    resolve(response)
  })
  request.end(body)
  return promise
}

/** The answer's body; an Error that says so where the connection ends before it does. */
async function* bodyOf(response: IncomingMessage): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* response
  } catch (cause) {
    const isBroken = cause instanceof Error && 'code' in cause && cause.code === 'ECONNRESET'
    throw isBroken ? new Error('the connection to the API server broke off', { cause }) : cause
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of bodyOf(response)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
