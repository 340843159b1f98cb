import { once } from 'node:events'
import { request as requestHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { gate } from './gates.ts'
import { overHttp10, overHttp2 } from './other-versions.ts'
import type { Row } from './table.ts'

/** What came back. */
export interface Exchanged {
  readonly status: number
  /** Lower case; several of one name are joined by commas. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** Asks as the row says over `socket`. */
export function exchange(row: Row, socket: Socket): Promise<Exchanged> {
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
  return { status: response.statusCode ?? 0, headers: new Map(headers), body }
}

async function plain(row: Row, socket: Socket): Promise<Exchanged> {
  if (row.http === '1.0') return overHttp10(row, socket)
  const request = start(row, socket, row.method, row.target)
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
  const answered = responseTo(request)
  await Promise.race([gate(id).opened, answered])
  request.end('second')
  const response = await answered
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
