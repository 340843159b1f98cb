import { connect } from 'node:tls'
import { setTimeout as delay } from 'node:timers/promises'

/** How long a connection is in use: as websockets of browsers are, that come and go. */
const leastMs = 5_000
const mostMs = 25_000

/**
 * Keeps `count` connections in use until `signal`. Half a request holds a worker as a websocket does,
 * and needs no backend.
 */
export async function keepBusy(
  port: number,
  host: string,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => oneAfterTheOther(port, host, signal)))
}

async function oneAfterTheOther(port: number, host: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const socket = connect({ host: '127.0.0.1', port, servername: host, rejectUnauthorized: false })
    socket.on('error', () => undefined)
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n`)
    const ms = leastMs + Math.random() * (mostMs - leastMs)
    await delay(ms, undefined, { signal }).catch(() => undefined)
    socket.destroy()
  }
}
