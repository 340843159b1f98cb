import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EndpointSlice, Service } from '../../objects/kinds.ts'
import { keyOf } from '../../objects/meta.ts'

const perService = 2

/** Tiny web servers on loopback that stand for the pods of a Service and say what they were asked. */
export interface SampleBackends {
  readonly slices: readonly EndpointSlice[]
  close(): Promise<void>
}

export async function sampleBackends(service: Service): Promise<SampleBackends> {
  const names = Array.from({ length: perService }, (_, i) => `${service.name}-${i + 1}`)
  const servers = await Promise.all(names.map((name) => echo(name, service)))
  return {
    slices: servers.map((server, i) => sliceOf(service, names[i] ?? '', server)),
    close: async () => {
      await Promise.all(
        servers.map(async (server) => {
          const closed = once(server, 'close')
          server.close()
          server.closeAllConnections()
          await closed
        }),
      )
    },
  }
}

async function echo(name: string, service: Service): Promise<Server> {
  const server = createServer((request, response) => {
    const headers = Object.entries(request.headers).map(
      ([key, value]) => `${key}: ${String(value)}`,
    )
    request.resume()
    response.setHeader('content-type', 'text/plain; charset=utf-8')
    response.end(
      [
        `${name} of Service ${keyOf(service)}`,
        '',
        `${request.method ?? ''} ${request.url ?? ''}`,
        ...headers,
        '',
      ].join('\n'),
    )
  })
  // nginx keeps idle connections for a minute, and must be the one that closes them.
  server.keepAliveTimeout = 120_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function sliceOf(service: Service, name: string, server: Server): EndpointSlice {
  const { port } = server.address() as AddressInfo
  return {
    kind: 'EndpointSlice',
    namespace: service.namespace,
    name,
    uid: '',
    created: 0,
    order: 0,
    service: service.name,
    addressType: 'IPv4',
    ports: service.ports.map((each) => ({ name: each.name, port, protocol: each.protocol })),
    readyAddresses: ['127.0.0.1'],
  }
}
