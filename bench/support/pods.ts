import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

export const podPort = 8080
/** From when a pod leaves its EndpointSlice to the end of its listener. */
const goodbyeMs = 1_000

export interface Pod {
  readonly address: string
  /** As a pod at SIGTERM: listens a little longer; what is in flight goes on to its end. */
  leave(): void
  close(): void
}

/** Answers its address, and echoes what comes over a websocket. */
export async function startPod(address: string): Promise<Pod> {
  const server = createServer((_, response) => response.end(address))
  // A connection that the pod closes just as it is used again is no fault of the proxy.
  server.keepAliveTimeout = 0
  server.on('upgrade', (_, socket) => {
    socket.on('error', () => socket.destroy())
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    )
    socket.pipe(socket)
  })
  await once(server.listen(podPort, address), 'listening')
  return {
    address,
    leave: () => void delay(goodbyeMs, undefined, { ref: false }).then(() => server.close()),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
