import { execa } from 'execa'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Made } from './objects.ts'

/** The addresses behind the Services of `shop`, each a "pod" that answers with its own address. */
const podNetwork = '10.244.77.0/24'
export const podPort = 8080
export const podAddress = (number: number): string => `10.244.77.${number}`

/** Makes every address of the pod network answer, in the network that the test runs in. */
export async function startPods(): Promise<Server> {
  await execa('ip', ['route', 'replace', 'local', podNetwork, 'dev', 'lo'])
  const server = createServer((request, response) => response.end(`${request.socket.localAddress}`))
  server.listen(podPort, '0.0.0.0')
  await new Promise((resolve) => server.once('listening', resolve))
  return server
}

/** A Service, its EndpointSlice and the Ingress of `host` that leads there. */
export function shop(namespace: string, name: string, host: string, pod: string): readonly Made[] {
  return [
    service(namespace, name),
    slice(namespace, name, [pod]),
    ingress(namespace, name, host, name),
  ]
}

export const service = (namespace: string, name: string): Made => ({
  path: `/api/v1/namespaces/${namespace}/services`,
  body: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name },
    spec: { clusterIP: 'None', ports: [{ name: 'http', port: 80, targetPort: podPort }] },
  },
})

export const slice = (namespace: string, name: string, pods: readonly string[]): Made => ({
  path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
  body: {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: podPort }],
    endpoints: pods.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  },
})

export const ingress = (
  namespace: string,
  name: string,
  host: string,
  serviceName: string,
  more: Readonly<Record<string, unknown>> = {},
): Made => ({
  path: `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`,
  body: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { namespace, name },
    spec: {
      ingressClassName: 'nginx',
      rules: [
        {
          host,
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: serviceName, port: { number: 80 } } },
              },
            ],
          },
        },
      ],
      ...more,
    },
  },
})

/** A Secret with a self-signed certificate for `host`. */
export function tlsSecret(namespace: string, name: string, host: string): Made {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-cert-'))
  try {
    const [key, crt] = [join(dir, 'key'), join(dir, 'crt')]
    const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', crt, ...subject], {
      stdio: 'ignore',
    })
    return {
      path: `/api/v1/namespaces/${namespace}/secrets`,
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace, name },
        type: 'kubernetes.io/tls',
        data: { 'tls.crt': encoded(crt), 'tls.key': encoded(key) },
      },
    }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const encoded = (path: string): string => readFileSync(path).toString('base64')
