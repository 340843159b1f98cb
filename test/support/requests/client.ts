import { once } from 'node:events'
import { request as requestHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { TLSSocket } from 'node:tls'
import { errorText } from '../../../src/log.ts'
import { connectionFor } from './connection.ts'
import type { Ports } from './connection.ts'
import { gate } from './gates.ts'
import type { Row } from './table.ts'

/** What a client saw of one exchange. */
export interface Answer {
  /** `failed` where there was none. */
  readonly status: number | 'failed'
  /** Lower case; several of one name are joined by commas. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  /** Common name of the certificate; empty without TLS. */
  readonly certificate: string
  /** Why there was no answer. */
  readonly failure: string
}

/** Asks as the row says, for the `turn`-th time, over a connection of its own. */
export async function ask(row: Row, turn: number, ports: Ports): Promise<Answer> {
  let certificate = ''
  try {
    const socket = await connectionFor(row, row.from[turn % row.from.length] ?? '127.0.0.1', ports)
    socket.on('error', () => undefined)
    if (socket instanceof TLSSocket) certificate = commonName(socket)
    try {
      const answer = await exchange(row, socket)
      return { ...answer, certificate, failure: '' }
    } finally {
      socket.destroy()
    }
  } catch (error) {
    return {
      status: 'failed',
      headers: new Map(),
      body: '',
      certificate,
      failure: errorText(error),
    }
  }
}

function commonName(socket: TLSSocket): string {
  const { subject } = socket.getPeerCertificate()
  return String(subject?.CN ?? '')
}

type Exchanged = Pick<Answer, 'status' | 'headers' | 'body'>

function exchange(row: Row, socket: Socket): Promise<Exchanged> {
  if (row.http === '2') return overHttp2(row, socket)
  switch (row.method) {
    case 'WEBSOCKET':
      return webSocket(row, socket)
    case 'STREAM':
      return stream(row, socket)
    case 'UPLOAD':
      return upload(row, socket)
    default:
      return plain(row, socket)
  }
}

let count = 0
/** A name for the gate of one exchange. */
const newGate = (): string => `gate-${process.pid}-${++count}`

const bytesOf = (size: string): number =>
  Number.parseInt(size, 10) * ({ k: 1024, m: 1024 ** 2 }[size.slice(-1)] ?? 1)

function start(row: Row, socket: Socket, method: string, path: string) {
  const length = row.body === undefined ? {} : { 'Content-Length': String(bytesOf(row.body)) }
  return requestHttp({
    createConnection: () => socket,
    method,
    path,
    setHost: false,
    headers: { ...(row.host === '' ? {} : { Host: row.host }), ...length, ...row.send },
  })
}

async function responseTo(request: ReturnType<typeof start>): Promise<IncomingMessage> {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

function exchanged(response: IncomingMessage, body: string): Exchanged {
  const headers = Object.entries(response.headers).map(([name, value]): [string, string] => [
    name,
    Array.isArray(value) ? value.join(',') : (value ?? ''),
  ])
  return { status: response.statusCode ?? 'failed', headers: new Map(headers), body }
}

async function plain(row: Row, socket: Socket): Promise<Exchanged> {
  if (row.http === '1.0') return overHttp10(row, socket)
  const request = start(row, socket, row.method, row.path)
  request.end(row.body === undefined ? undefined : 'x'.repeat(bytesOf(row.body)))
  const response = await responseTo(request)
  return exchanged(response, await text(response))
}

/** The backend ends its answer only when the client has seen the beginning of it. */
async function stream(row: Row, socket: Socket): Promise<Exchanged> {
  const id = newGate()
  const request = start(row, socket, 'GET', withQuery(row.path, `gate=${id}`))
  request.end()
  const response = await responseTo(request)
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) {
    body += String(chunk)
    gate(id).open()
  }
  return exchanged(response, body)
}

/** The client ends its body only when the backend has seen the beginning of it. */
async function upload(row: Row, socket: Socket): Promise<Exchanged> {
  const id = newGate()
  const request = start(row, socket, 'POST', withQuery(row.path, `opens=${id}`))
  request.write('first')
  await Promise.race([gate(id).opened, once(request, 'response')])
  request.end('second')
  const response = await responseTo(request)
  return exchanged(response, await text(response))
}

const withQuery = (path: string, query: string): string =>
  `${path}${path.includes('?') ? '&' : '?'}${query}`

/** What is sent after the switch must come back. */
async function webSocket(row: Row, socket: Socket): Promise<Exchanged> {
  const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }
  const request = start({ ...row, send: { ...upgrade, ...row.send } }, socket, 'GET', row.path)
  request.end()
  const [response] = (await Promise.race([
    once(request, 'upgrade'),
    once(request, 'response'),
  ])) as [IncomingMessage]
  if (response.statusCode !== 101) return exchanged(response, await text(response))
  socket.write('ping')
  const [echoed] = (await once(socket, 'data')) as [Buffer]
  if (String(echoed) !== 'ping') throw new Error(`"ping" came back as "${String(echoed)}"`)
  return exchanged(response, '')
}

async function overHttp2(row: Row, socket: Socket): Promise<Exchanged> {
  const session = connectHttp2(`${row.scheme}://${row.host}`, { createConnection: () => socket })
  const broken = once(session, 'error').then(([error]) => Promise.reject(error as Error))
  broken.catch(() => undefined)
  try {
    const grpc = row.method === 'GRPC' ? { 'content-type': 'application/grpc', te: 'trailers' } : {}
    const stream = session.request(
      {
        ':method': row.method === 'GRPC' ? 'POST' : row.method,
        ':path': row.path,
        ':scheme': row.scheme,
        ':authority': row.host,
        ...grpc,
        ...row.send,
      },
      { endStream: false },
    )
    stream.end(row.method === 'GRPC' ? Buffer.alloc(5) : undefined)
    const answer = Promise.all([once(stream, 'response'), text(stream)])
    const [[found], body] = await Promise.race([answer, broken])
    const headers = Object.entries(found as Record<string, unknown>).map(
      ([name, value]): [string, string] => [name, String(value)],
    )
    const map = new Map(headers)
    return { status: Number(map.get(':status')), headers: map, body }
  } finally {
    session.destroy()
  }
}

/** Node's client speaks no HTTP/1.0. */
async function overHttp10(row: Row, socket: Socket): Promise<Exchanged> {
  const lines = [
    `${row.method} ${row.path} HTTP/1.0`,
    ...(row.host === '' ? [] : [`Host: ${row.host}`]),
    ...Object.entries(row.send).map(([name, value]) => `${name}: ${String(value)}`),
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const answer = await text(socket)
  const [head = '', body = ''] = answer.split(/\r\n\r\n([^]*)/)
  const [first = '', ...rest] = head.split('\r\n')
  const headers = rest.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { status: Number(first.split(' ')[1]), headers: new Map(headers), body }
}
