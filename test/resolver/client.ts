import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { decode, encode } from 'dns-packet'
import type { Packet } from 'dns-packet'
import type { Resolver } from '../../src/resolver/resolver.ts'

/** The types know no response code. */
export type Answer = Packet & { readonly rcode?: string }

export interface Question {
  readonly name: string
  readonly type?: 'A' | 'AAAA' | 'SRV' | 'TXT'
  /** nginx takes another for each question, and the same one for a question that it sends again. */
  readonly id: number
}

export interface Client {
  send(question: Question): void
  sendBytes(message: Buffer): void
  /** Sends a question; resolves to the next answer. */
  ask(question: Question): Promise<Answer>
  next(): Promise<Answer>
  readonly answers: readonly Answer[]
}

/** One socket of a worker of nginx. */
export async function client(t: TestContext, at: Resolver, address = 0): Promise<Client> {
  const socket = createSocket('udp4')
  const { host, port } = at.addresses[address] ?? { host: '', port: 0 }
  socket.connect(port, host)
  await once(socket, 'connect')
  t.after(() => socket.close())
  socket.on('error', () => undefined) // while nobody listens
  const answers: Answer[] = []
  let arrived = Promise.withResolvers<Answer>()
  socket.on('message', (message) => {
    const answer: Answer = decode(message)
    answers.push(answer)
    arrived.resolve(answer)
    arrived = Promise.withResolvers()
  })
  const sendBytes = (message: Buffer): void => socket.send(message)
  const send = (question: Question): void => sendBytes(messageOf(question))
  const next = (): Promise<Answer> => arrived.promise
  return {
    answers,
    sendBytes,
    send,
    next,
    ask: (question) => {
      const answer = next()
      send(question)
      return answer
    },
  }
}

export const messageOf = ({ name, type = 'SRV', id }: Question): Buffer =>
  encode({ type: 'query', id, flags: 0x100, questions: [{ name, type }] })

/** A worker of nginx does not ask for the name that it was told of for so long. */
export const pause = (): Promise<void> => delay(1_000)
