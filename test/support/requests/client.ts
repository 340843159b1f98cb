import { setTimeout as delay } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import { errorText } from '../../../src/log.ts'
import { connectionFor } from './connection.ts'
import type { Ports } from './connection.ts'
import { exchange } from './exchange.ts'
import type { Exchanged } from './exchange.ts'
import type { Row } from './table.ts'

/** What a client saw of one exchange. */
export interface Answer extends Omit<Exchanged, 'status'> {
  /** `failed` where there was none. */
  readonly status: number | 'failed'
  /** Common name of the certificate; empty without TLS. */
  readonly certificate: string
  readonly cipher: string
  /** Why there was no answer. */
  readonly failure: string
}

const longestMs = 30_000

/** Asks as the row says, for the `turn`-th time, over a connection of its own. */
export async function ask(row: Row, turn: number, ports: Ports): Promise<Answer> {
  let [certificate, cipher] = ['', '']
  try {
    const socket = await connectionFor(row, row.from[turn % row.from.length] ?? '127.0.0.1', ports)
    socket.on('error', () => undefined)
    if (socket instanceof TLSSocket) {
      certificate = commonName(socket)
      cipher = socket.getCipher().name
    }
    const late = new AbortController()
    try {
      const answer = await Promise.race([
        exchange(row, socket),
        delay(longestMs, undefined, { signal: late.signal }).then(() => {
          throw new Error(`no answer within ${longestMs} ms`)
        }),
      ])
      return { ...answer, certificate, cipher, failure: '' }
    } finally {
      late.abort()
      socket.destroy()
    }
  } catch (error) {
    return {
      status: 'failed',
      headers: new Map(),
      body: '',
      certificate,
      cipher,
      failure: errorText(error),
    }
  }
}

function commonName(socket: TLSSocket): string {
  const { subject } = socket.getPeerCertificate()
  return String(subject?.CN ?? '')
}
