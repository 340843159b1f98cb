import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A TCP connection through which a test can make the network fail. */
export interface TcpProxy {
  readonly port: number
  /** Lets everything through, on new connections. */
  pass(): void
  /** Breaks what is open, and whatever comes. */
  cut(): void
  /** What is open stays open, and nothing comes through any more: a peer that is gone without a word. */
  silence(): void
  close(): Promise<void>
}

export async function tcpProxy(host: string, port: number): Promise<TcpProxy> {
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer((client) => {
    client.on('error', () => client.destroy())
    if (isCut) {
      client.destroy()
      return
    }
    const target = connect(port, host)
    target.on('error', () => client.destroy())
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      open.add(socket)
      socket.pipe(other)
      socket.once('close', () => {
        open.delete(socket)
        other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    isCut = true
    for (const socket of open) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    pass: () => {
      isCut = false
    },
    cut,
    silence: () => {
      for (const socket of open) {
        socket.unpipe()
        socket.pause()
      }
    },
    close: async () => {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
