import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Exchanged } from './exchange.ts'
import type { Row } from './table.ts'

export async function overHttp2(row: Row, socket: Socket): Promise<Exchanged> {
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
export async function overHttp10(row: Row, socket: Socket): Promise<Exchanged> {
  const lines = [
    `${row.method} ${row.target} HTTP/1.0`,
    ...(row.host === '' || 'Host' in row.send ? [] : [`Host: ${row.host}`]),
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
