import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { createServer } from 'node:net'
import type { Server, Socket as Connection } from 'node:net'
import { once } from 'node:events'

/** Where questions are asked. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** How an answer gets back to who asked. */
export type Reply = (message: Buffer) => void

export interface Listeners {
  /** A datagram; `client` is another number for each port that asks, and each address of ours. */
  readonly onDatagram: (message: Buffer, client: number, reply: Reply) => void
  readonly onMessage: (message: Buffer, reply: Reply) => void
  readonly onError: (error: Error) => void
}

const receiveBuffer = 2 ** 22
const idleMs = 10_000
const longestQuestion = 512
const mostConnections = 256

/** Listens on each of `addresses`, over UDP and TCP. Rejects if one of them is taken. */
export async function listen(
  addresses: readonly Address[],
  listeners: Listeners,
): Promise<{ readonly close: () => Promise<void> }> {
  const sockets: Socket[] = []
  const servers: Server[] = []
  const connections = new Set<Connection>()
  const close = async (): Promise<void> => {
    for (const connection of connections) connection.destroy()
    await Promise.all([
      ...sockets.map((socket) => new Promise<void>((closed) => socket.close(() => closed()))),
      ...servers.map((server) => new Promise<void>((closed) => server.close(() => closed()))),
    ])
  }
  const all = await Promise.allSettled(
    addresses.flatMap((address, i) => [
      udp(address, i, listeners).then((socket) => sockets.push(socket)),
      tcp(address, connections, listeners).then((server) => servers.push(server)),
    ]),
  )
  const failed = all.find((each) => each.status === 'rejected')
  if (failed === undefined) return { close }
  await close()
  throw failed.reason
}

async function udp({ host, port }: Address, i: number, listeners: Listeners): Promise<Socket> {
  const socket = createSocket({
    type: 'udp4',
    // addresses only, so nothing is looked up
    lookup: (name, _, found) => found(null, name, 4),
  })
  const listening = once(socket, 'listening') // which may come before bind returns
  socket.bind(port, host)
  await listening
  socket.unref() // it is no reason to go on: a program that cannot start ends
  // All names are asked for at once when a worker starts. The kernel gives what the host allows.
  socket.setRecvBufferSize(receiveBuffer)
  socket.on('error', listeners.onError)
  socket.on('message', (message, from) => {
    if (!from.address.startsWith('127.')) return
    listeners.onDatagram(message, i * 2 ** 16 + from.port, (answer) =>
      socket.send(answer, from.port, from.address, (error) => {
        if (error) listeners.onError(error)
      }),
    )
  })
  return socket
}

async function tcp(
  { host, port }: Address,
  connections: Set<Connection>,
  listeners: Listeners,
): Promise<Server> {
  const server = createServer((connection) => {
    if (!connection.remoteAddress?.startsWith('127.')) {
      connection.destroy()
      return
    }
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
    connection.on('error', () => connection.destroy())
    connection.setTimeout(idleMs, () => connection.destroy())
    let rest: Buffer = Buffer.alloc(0)
    connection.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 2) {
        const length = rest.readUInt16BE(0)
        if (length > longestQuestion) {
          connection.destroy()
          return
        }
        if (rest.length < 2 + length) return
        const message = rest.subarray(2, 2 + length)
        rest = rest.subarray(2 + length)
        listeners.onMessage(message, (answer) => connection.write(framed(answer)))
      }
    })
  })
  server.unref()
  server.maxConnections = mostConnections
  server.listen(port, host)
  await once(server, 'listening')
  server.on('error', listeners.onError)
  return server
}

function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}
