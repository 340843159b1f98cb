import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { isIPv4, isIPv6 } from 'node:net'
import type { TestContext } from 'node:test'
import { decode, encode } from 'dns-packet'
import type { Answer } from 'dns-packet'
import type { ResolvConf } from '../../src/controller/resolv-conf.ts'
import { freePorts } from '../support/free-ports.ts'

export interface NameServer {
  readonly resolvConf: ResolvConf
  /**
   * Of each name its addresses, or another name that it is an alias of; `undefined` is a server that fails.
   * A name that is not here does not exist.
   */
  readonly zone: Map<string, readonly string[] | undefined>
  /** How often each name was asked for. */
  readonly asked: Map<string, number>
}

/** A DNS server whose records are good for a second, and what a resolv.conf says of it. */
export async function nameServer(
  t: TestContext,
  { search = [], ndots = 5 }: Partial<ResolvConf> = {},
): Promise<NameServer> {
  const [port = 0] = await freePorts(1)
  const zone: NameServer['zone'] = new Map()
  const asked: NameServer['asked'] = new Map()
  const answersTo = (name: string, type: string): Answer[] =>
    (zone.get(name) ?? []).flatMap((data): Answer[] => {
      if (isIPv4(data)) return type === 'A' ? [{ name, type: 'A', ttl: 1, data }] : []
      if (isIPv6(data)) return type === 'AAAA' ? [{ name, type: 'AAAA', ttl: 1, data }] : []
      return [{ name, type: 'CNAME', ttl: 1, data }, ...answersTo(data, type)]
    })
  const socket = createSocket('udp4')
  socket.on('message', (message, { address, port: back }) => {
    const { id, questions = [] } = decode(message)
    const [question] = questions
    if (id === undefined || question === undefined) return
    const { name, type } = question
    if (type === 'A') asked.set(name, (asked.get(name) ?? 0) + 1)
    const flags = zone.get(name) !== undefined ? 0 : zone.has(name) ? 2 : 3
    const answers = answersTo(name, type)
    socket.send(encode({ id, type: 'response', flags, questions, answers }), back, address)
  })
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  return { resolvConf: { nameservers: [`127.0.0.1:${port}`], search, ndots }, zone, asked }
}
