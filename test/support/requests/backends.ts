import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createHttp2, createSecureServer } from 'node:http2'
import { createServer as createHttps } from 'node:https'
import type { Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { freePorts } from '../free-ports.ts'
import { nameServer } from './name-server.ts'
import { authenticate } from './authenticator.ts'
import { answerGrpc, answerUpgrade, answer } from './echo.ts'
import { keyPairFor } from './key-pair.ts'

/** What listens on every backend address, each on a port of its own. `cut` breaks connections, nothing listens on `dead`. */
export const backendKinds = [
  ...(['echo', 'echo2', 'https', 'grpc', 'grpcs', 'auth', 'cut', 'dead'] as const),
]
export type BackendKind = (typeof backendKinds)[number]

/** Addresses for the Services of a case that have no EndpointSlice in it. */
export const serviceAddresses: readonly string[] = Array.from(
  { length: 24 },
  (_, i) => `127.0.1.${i + 1}`,
)
/** Addresses for the EndpointSlices of a case. */
const sliceAddresses = ['127.0.2.1', '127.0.2.2', '127.0.2.3', '127.0.2.4']

export const hasIpv6 = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .some(({ address }) => address === '::1')

/** Real servers that tell in JSON what reached them, on loopback addresses. */
export interface Backends {
  readonly ports: Readonly<Record<BackendKind, number>>
  /** `address:port` of a DNS server. */
  readonly nameserver: string
  close(): Promise<void>
}

export async function startBackends(): Promise<Backends> {
  const [
    echo = 0,
    echo2 = 0,
    https = 0,
    grpc = 0,
    grpcs = 0,
    auth = 0,
    cut = 0,
    dead = 0,
    dns = 0,
  ] = await freePorts(9)
  const { certificate: cert, key } = await keyPairFor('backend.test')
  const addresses = [...serviceAddresses, ...sliceAddresses, ...(hasIpv6 ? ['::1'] : [])]
  const servers: Server[] = []
  const listen = async (port: number, make: () => Server): Promise<void> => {
    for (const address of addresses) {
      const server = make()
      await once(server.listen(port, address), 'listening')
      servers.push(server)
    }
  }
  await listen(echo, ofHttp('echo'))
  await listen(echo2, ofHttp('echo2'))
  await listen(https, () =>
    createHttps({ cert, key }, (request, response) => answer('https', request, response)),
  )
  await listen(grpc, () => createHttp2().on('stream', answerGrpc('grpc')))
  await listen(grpcs, () => createSecureServer({ cert, key }).on('stream', answerGrpc('grpcs')))
  await listen(auth, () => createServer(authenticate))
  await listen(cut, () =>
    createServer((request) => request.resume().on('end', () => request.socket.destroy())),
  )
  const names = await nameServer('127.0.0.1', dns)
  return {
    ports: { echo, echo2, https, grpc, grpcs, auth, cut, dead },
    nameserver: `127.0.0.1:${dns}`,
    close: async () => {
      await names.close()
      for (const server of servers) server.close()
    },
  }
}

const ofHttp = (kind: BackendKind) => (): Server =>
  createServer((request, response) => answer(kind, request, response)).on(
    'upgrade',
    (request, socket) => answerUpgrade(kind, request, socket),
  )
