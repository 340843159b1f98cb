import { execa } from 'execa'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { apiVersions } from '../../src/objects/decode.ts'
import { resources } from '../../src/cluster/feeds.ts'
import type { Kind } from '../../src/objects/kinds.ts'
import type { Connection } from '../../src/cluster/connection.ts'
import { fixture } from '../../test/cluster/fixture.ts'
import { hostOf, keyPairs, namespaces, objectsOf } from '../support/workload.ts'
import type { Raw } from '../support/workload.ts'

/** A real API server with the rights of the manifests, and endpoints that answer. */
export interface Cluster {
  readonly admin: Connection
  /** With the rights of the manifests, and no more. */
  readonly kubeconfig: string
  create(...objects: readonly Raw[]): Promise<void>
  replace(object: Raw): Promise<void>
  /** Creates `kinds` of the hosts from `from` up to `to`, one kind after the other. */
  createHosts(from: number, to: number, kinds: readonly Kind[]): Promise<void>
  removeHosts(from: number, to: number): Promise<void>
  close(): void
}

export const endpointPort = 8080
/** Where the endpoints of the workload, and those that change, have their addresses. */
const endpointNetworks = ['10.0.0.0/16', '10.77.0.0/16']
/** As many clients create at the same time; an API server takes 200 by default. */
const creators = 64
const patienceMs = 60_000
/** What is not created by then is not measured. */
const creationMs = 240_000

/** In the order in which Helm creates them. */
export const behindIngresses = ['Secret', 'Service', 'EndpointSlice'] as const

export async function realCluster(): Promise<Cluster> {
  const { admin, kubeconfig } = await fixture()
  for (const network of endpointNetworks)
    await execa('ip', ['route', 'replace', 'local', network, 'dev', 'lo'])
  const endpoint = createServer((request, response) => response.end(request.socket.localAddress))
  // A connection that the endpoint closes just as it is used again is no fault of the proxy.
  endpoint.keepAliveTimeout = 0
  await once(endpoint.listen(endpointPort, '0.0.0.0'), 'listening')

  const send = async (method: 'POST' | 'PUT' | 'DELETE', object: Raw): Promise<void> => {
    const path = `${collectionOf(object)}${method === 'POST' ? '' : `/${object.metadata.name}`}`
    const body = method === 'DELETE' ? undefined : asSent(object)
    await admin.request({ method, path, body, signal: AbortSignal.timeout(patienceMs) })
  }
  for (let i = 0; i < namespaces; i++)
    await admin.request({
      method: 'POST',
      path: '/api/v1/namespaces',
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `team-${i}` } },
      signal: AbortSignal.timeout(patienceMs),
    })

  return {
    admin,
    kubeconfig,
    async create(...objects) {
      for (const object of objects) await send('POST', object)
    },
    replace: (object) => send('PUT', object),
    async createHosts(from, to, kinds) {
      const objects = await objectsOfHost(to)
      const deadline = performance.now() + creationMs
      for (const wanted of kinds)
        await inParallel(from, to, async (i) => {
          if (performance.now() > deadline)
            throw new Error(`${to - from} hosts took more than ${creationMs / 1_000} s to create`)
          for (const object of objects(i)) if (object.kind === wanted) await send('POST', object)
        })
    },
    async removeHosts(from, to) {
      const objects = await objectsOfHost(to)
      await inParallel(from, to, async (i) => {
        for (const object of objects(i).toReversed()) await send('DELETE', object)
      })
    },
    close() {
      endpoint.close()
      endpoint.closeAllConnections()
    },
  }
}

async function objectsOfHost(to: number): Promise<(i: number) => readonly Raw[]> {
  const pairs = await keyPairs(to)
  return (i) => objectsOf(i, { hasTls: true }, pairs.get(hostOf(i)))
}

/** Does `one` for every number from `from` up to `to`, several at a time. */
export async function inParallel(
  from: number,
  to: number,
  one: (i: number) => Promise<void>,
  atOnce = creators,
): Promise<void> {
  let next = from
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < to) await one(next++)
    }),
  )
}

function collectionOf({ kind, apiVersion, metadata: { namespace } }: Raw): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const where = namespace === undefined ? '' : `/namespaces/${namespace}`
  return `${group}${where}/${resources[kind]}`
}

/**
 * Without what an API server sets itself. Services are headless: allocating their addresses takes an
 * API server most of its time, and only `service-upstream` asks for them.
 */
function asSent(object: Raw): unknown {
  const { name, namespace, labels, annotations } = object.metadata
  const { clusterIPs: _, ...rest } = (object['spec'] ?? {}) as Record<string, unknown>
  const spec = object.kind === 'Service' ? { ...rest, clusterIP: 'None' } : rest
  return {
    ...object,
    metadata: { name, namespace, labels, annotations },
    ...('spec' in object ? { spec } : {}),
  }
}

/** How long it takes to read every list that Sluice reads, and no more: in ms. */
export async function listsMs({ admin }: Cluster): Promise<number> {
  const started = performance.now()
  const kinds = ['Ingress', 'Service', 'EndpointSlice', 'Secret'] as const
  await Promise.all(
    kinds.map((kind) => {
      const version = apiVersions[kind]
      const group = version.includes('/') ? `/apis/${version}` : `/api/${version}`
      const path = `${group}/${resources[kind]}`
      return admin.request({ path, signal: AbortSignal.timeout(patienceMs) })
    }),
  )
  return performance.now() - started
}
