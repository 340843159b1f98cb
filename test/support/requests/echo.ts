import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import { gate } from './gates.ts'

/** What reached a backend, as it tells in its answer. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly version: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly bodyBytes: number
  /** Tells connections apart: the port of the other side. */
  readonly connection: number
}

/** Header of every answer of a backend: its address and kind. */
export const answeredBy = 'x-answered-by'

/**
 * Tells what was received. The query asks for more:
 * `status=503`, `header=Name:value`, `long=N` bytes of header, `size=N` bytes instead, `wait` for ever, `reset` the connection,
 * `gate=ID`: half of an answer, and the rest once the client opens the gate;
 * `opens=ID`: opens the gate as soon as a part of the body is here.
 */
export function answer(kind: string, request: IncomingMessage, response: ServerResponse): void {
  const query = new URL(request.url ?? '/', 'http://backend').searchParams
  const opens = query.get('opens')
  let bodyBytes = 0
  request.on('data', (chunk: Buffer) => {
    bodyBytes += chunk.length
    if (opens !== null) gate(opens).open()
  })
  request.on('error', () => undefined)
  if (query.has('reset')) {
    request.socket.destroy()
    return
  }
  if (query.has('wait')) return
  request.on('end', () => {
    response.statusCode = Number(query.get('status') ?? 200)
    response.setHeader(answeredBy, whoIs(kind, request.socket))
    response.setHeader('Content-Type', 'application/json')
    for (const header of query.getAll('header')) {
      const [name = '', ...value] = header.split(':')
      response.appendHeader(name, value.join(':'))
    }
    const long = query.get('long')
    if (long !== null) response.setHeader('X-Long', 'x'.repeat(Number(long)))
    const received: Received = {
      method: request.method ?? '',
      path: request.url ?? '',
      version: request.httpVersion,
      headers: request.headers,
      bodyBytes,
      connection: request.socket.remotePort ?? 0,
    }
    const gated = query.get('gate')
    const size = query.get('size')
    if (gated !== null) void inHalves(gated, JSON.stringify(received), response)
    else response.end(size === null ? JSON.stringify(received) : 'x'.repeat(Number(size)))
  })
}

async function inHalves(id: string, text: string, response: ServerResponse): Promise<void> {
  response.write(text.slice(0, 10))
  await gate(id).opened
  response.end(text.slice(10))
}

/** Switches protocols as asked, and sends back whatever comes. */
export function answerUpgrade(kind: string, request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => undefined)
  socket.write(
    [
      'HTTP/1.1 101 Switching Protocols',
      `Upgrade: ${request.headers.upgrade}`,
      'Connection: Upgrade',
      `${answeredBy}: ${whoIs(kind, socket as Socket)}`,
      '\r\n',
    ].join('\r\n'),
  )
  socket.pipe(socket)
}

export const answerGrpc =
  (kind: string) =>
  (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    const { ':method': method, ':path': path, ...rest } = headers
    let bodyBytes = 0
    stream.on('error', () => undefined)
    stream.on('data', (chunk: Buffer) => (bodyBytes += chunk.length))
    stream.on('end', () => {
      const received: Received = {
        method: String(method),
        path: String(path),
        version: '2.0',
        headers: { ...rest, host: rest.host ?? String(rest[':authority']) },
        bodyBytes,
        connection: stream.session?.socket.remotePort ?? 0,
      }
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc',
          [answeredBy]: whoIs(kind, stream.session?.socket),
        },
        { waitForTrailers: true },
      )
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(JSON.stringify(received))
    })
  }

const whoIs = (kind: string, socket: { readonly localAddress?: string } | undefined): string =>
  `${socket?.localAddress ?? ''} ${kind}`
