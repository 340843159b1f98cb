import { once } from 'node:events'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, get } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePorts } from './free-ports.ts'
import { sluice } from './sluice.ts'
import type { Sluice } from './sluice.ts'

export const host = 'shop.example.com'

/** A folder with one Ingress, a backend behind it, and controllers over both. */
export interface Shop {
  readonly dir: string
  readonly stateDir: string
  readonly httpPort: number
  readonly httpsPort: number
  readonly healthPort: number
  readonly statusPort: number
  /** The answers to requests for …/slow, which wait until a test ends them. */
  readonly slow: ServerResponse[]
  /** Writes the Ingress with these paths. */
  write(...paths: readonly string[]): Promise<void>
  run(...args: readonly string[]): Sluice
  /** What the client of the Ingress gets: the status and the body, or undefined for no answer. */
  ask(path: string): Promise<{ readonly status: number; readonly body: string } | undefined>
  /** The status of the controller's own endpoint. */
  probe(path: string): Promise<number | undefined>
}

export async function shop(t: TestContext, nginx: string): Promise<Shop> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-shop-'))
  const dir = join(root, 'manifests')
  await mkdir(dir)
  const slow: ServerResponse[] = []
  const backend = createServer((request, response) => {
    if (request.url?.endsWith('/slow') === true) slow.push(response)
    else response.end(`answer to ${request.url ?? ''}`)
  }).listen(0, '127.0.0.1')
  await once(backend, 'listening')
  const { port } = backend.address() as AddressInfo
  const [httpPort = 0, httpsPort = 0, healthPort = 0, statusPort = 0] = await freePorts(4)
  const running: Sluice[] = []

  t.after(async () => {
    for (const each of running) each.kill('SIGTERM')
    await Promise.all(running.map(({ ended }) => ended))
    backend.close()
    backend.closeAllConnections()
    await rm(root, { recursive: true, force: true })
  })

  return {
    dir,
    stateDir: join(root, 'state'),
    httpPort,
    httpsPort,
    healthPort,
    statusPort,
    slow,
    write: async (...paths) => {
      await writeFile(join(root, 'next'), manifests(port, paths))
      await rename(join(root, 'next'), join(dir, 'shop.yaml'))
    },
    run: (...args) => {
      const started = sluice([
        `--manifests=${dir}`,
        `--state-dir=${join(root, 'state')}`,
        `--nginx=${nginx}`,
        `--http-port=${httpPort}`,
        `--https-port=${httpsPort}`,
        `--healthz-port=${healthPort}`,
        `--status-port=${statusPort}`,
        ...args,
      ])
      running.push(started)
      return started
    },
    ask: (path) => request(httpPort, path, host),
    probe: async (path) => (await request(healthPort, path))?.status,
  }
}

export function request(
  port: number,
  path: string,
  name = '127.0.0.1',
): Promise<{ readonly status: number; readonly body: string } | undefined> {
  return new Promise((found) => {
    get({ host: '127.0.0.1', port, path, agent: false, headers: { host: name } }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('end', () => found({ status: response.statusCode ?? 0, body }))
      response.on('error', () => found(undefined))
    }).on('error', () => found(undefined))
  })
}

const manifests = (port: number, paths: readonly string[]): string => `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: nginx }
spec: { controller: k8s.io/ingress-nginx }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec:
  ingressClassName: nginx
  rules:
    - host: ${host}
      http:
        paths:
${paths
  .map(
    (path) =>
      `          - { path: ${path}, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }`,
  )
  .join('\n')}
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, namespace: shop, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ port: ${port} }]
endpoints: [{ addresses: [127.0.0.1] }]
`
