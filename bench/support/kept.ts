import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Question } from './ask.ts'

export interface Kept {
  readonly answered: number
  /** Requests that were sent and got no answer. */
  readonly broken: number
}

/** Requests on one connection, as long as it is kept, with short pauses, until `signal`. */
export async function keepAsking(question: Question, signal: AbortSignal): Promise<Kept> {
  let answered = 0
  let broken = 0
  let socket = open(question)
  while (!signal.aborted) {
    const outcome = await requestOn(socket, question)
    if (outcome === 'broken') broken++
    else answered++
    await delay(Math.random() * 4)
    // A server that closes a connection between two requests breaks nothing.
    if (outcome !== 'kept' || socket.destroyed || socket.readableEnded) {
      socket.destroy()
      socket = open(question)
    }
  }
  socket.destroy()
  return { answered, broken }
}

function open({ port }: Question): Socket {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  socket.setEncoding('latin1')
  socket.on('error', () => undefined)
  // Without a reader its end would not be noticed.
  return socket.resume()
}

function requestOn(
  socket: Socket,
  { host, path = '/' }: Question,
): Promise<'kept' | 'closing' | 'broken'> {
  return new Promise((resolve) => {
    let text = ''
    const onData = (chunk: string): void => {
      text += chunk
      const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1]
      const body = text.indexOf('\r\n\r\n')
      if (body === -1 || length === undefined || text.length < body + 4 + Number(length)) return
      finish(/\r\nconnection: close\r\n/i.test(text) ? 'closing' : 'kept')
    }
    const onClose = (): void => finish('broken')
    const timer = setTimeout(onClose, 5_000)
    function finish(outcome: 'kept' | 'closing' | 'broken'): void {
      clearTimeout(timer)
      socket.off('data', onData).off('close', onClose)
      resolve(outcome)
    }
    socket.on('data', onData).on('close', onClose)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  })
}
