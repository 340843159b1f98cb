import { endpointPort } from './cluster.ts'
import type { Raw } from '../support/workload.ts'

/** Hosts beside those of the workload, without TLS, that the measurements change. */
const namespace = 'team-0'

/** Their endpoints change. */
export const plainHosts = 20
export const plainHost = (k: number): string => `plain-${k}.example.com`
export const plainAddress = (k: number, n: number): string => `10.77.${k}.${1 + n}`
export const plainSlice = (k: number, n: number): Raw => slice(`plain-${k}`, plainAddress(k, n))

/** Its path comes and goes. */
export const probeHost = 'probe.example.com'
export const probe = (hasPath: boolean): Raw =>
  ingress('probe', probeHost, 'plain-0', hasPath ? '/probe' : '/elsewhere')

/** It moves from one Service to the next; no Ingress names the next one before. */
export const movedHost = 'moved.example.com'
export const moveAddress = (k: number): string => `10.77.${100 + k}.1`
export const moved = (k: number): Raw => ingress('moved', movedHost, `move-${k}`, '/')
export const moveTarget = (k: number): readonly Raw[] => [
  service(`move-${k}`),
  slice(`move-${k}`, moveAddress(k)),
]

export function changingHosts(): readonly Raw[] {
  const plain = Array.from({ length: plainHosts }, (_, k) => [
    service(`plain-${k}`),
    plainSlice(k, 0),
    ingress(`plain-${k}`, plainHost(k), `plain-${k}`, '/'),
  ])
  return [...plain.flat(), probe(false), ...moveTarget(0), moved(0)]
}

const service = (name: string): Raw => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { ports: [{ name: 'http', port: 80, targetPort: endpointPort }] },
})

const slice = (name: string, address: string): Raw => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: endpointPort }],
  endpoints: [{ addresses: [address], conditions: { ready: true } }],
})

const ingress = (name: string, host: string, serviceName: string, path: string): Raw => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace },
  spec: {
    ingressClassName: 'nginx',
    rules: [
      {
        host,
        http: {
          paths: [
            {
              path,
              pathType: 'Prefix',
              backend: { service: { name: serviceName, port: { number: 80 } } },
            },
          ],
        },
      },
    ],
  },
})
