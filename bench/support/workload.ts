import type { Kind } from '../../src/objects/kinds.ts'
import { certificatesFor } from './certificates.ts'
import type { KeyPair } from '../../test/support/certificate.ts'

/** An object as the API server sends it. */
export interface Raw {
  readonly apiVersion: string
  readonly kind: Kind
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

export interface WorkloadOptions {
  /** Whether each Ingress has a TLS section and a Secret of its own, as with cert-manager. */
  readonly hasTls: boolean
  /** `address:port` of the endpoint of every Service; else five addresses that nobody asks. */
  readonly endpoint?: { readonly address: string; readonly port: number }
  /** Annotations of each Ingress, by name without prefix, beside the three usual ones. */
  readonly annotations?: (i: number) => Readonly<Record<string, string>>
}

export const namespaces = 20
const endpointsEach = 5

const nameOf = (i: number): string => `storefront-${i}`
const namespaceOf = (i: number): string => `team-${i % namespaces}`
export const hostOf = (i: number): string => `${nameOf(i)}.${namespaceOf(i)}.example.com`

let issued: { readonly count: number; readonly pairs: ReadonlyMap<string, KeyPair> } | undefined

/** Key pairs of the first `count` hosts, made once. */
export async function keyPairs(count: number): Promise<ReadonlyMap<string, KeyPair>> {
  if (issued === undefined || issued.count < count) {
    const hosts = Array.from({ length: count }, (_, i) => hostOf(i))
    issued = { count, pairs: await certificatesFor(hosts) }
  }
  return issued.pairs
}

/**
 * A cluster of `hosts` Ingresses: a host, two paths, three usual annotations, a Service and its
 * EndpointSlice each. The first `n` hosts of every size are the same.
 */
export async function workload(hosts: number, options: WorkloadOptions): Promise<Raw[]> {
  const pairs = options.hasTls ? await keyPairs(hosts) : new Map<string, KeyPair>()
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: metadata('nginx', undefined, 0),
      spec: { controller: 'k8s.io/ingress-nginx' },
    },
    ...Array.from({ length: hosts }, (_, i) => objectsOf(i, options, pairs.get(hostOf(i)))).flat(),
  ]
}

/** What one host consists of, in the order in which a user creates it. */
export function objectsOf(
  i: number,
  { endpoint, annotations }: WorkloadOptions,
  pair: KeyPair | undefined,
): Raw[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata(nameOf(i), namespaceOf(i), i),
      spec: {
        type: 'ClusterIP',
        clusterIPs: [`10.96.${(i >> 8) & 255}.${i & 255}`],
        selector: { app: nameOf(i) },
        ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
      },
    },
    sliceOf(
      i,
      endpoint === undefined
        ? { addresses: addressesOf(i), port: 8080 }
        : { addresses: [endpoint.address], port: endpoint.port },
    ),
    ...(pair === undefined ? [] : [secretOf(i, pair)]),
    ingressOf(i, { hasTls: pair !== undefined, annotations: annotations?.(i) ?? {} }),
  ]
}

export interface Members {
  readonly addresses: readonly string[]
  /** Those that were told to end. */
  readonly terminating?: readonly string[]
  readonly port: number
}

/** The EndpointSlice of a host. */
export function sliceOf(i: number, { addresses, terminating = [], port }: Members): Raw {
  const leaving = new Set(terminating)
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...metadata(`${nameOf(i)}-x7k2p`, namespaceOf(i), i),
      labels: { 'kubernetes.io/service-name': nameOf(i) },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port, protocol: 'TCP' }],
    endpoints: [...addresses, ...terminating].map((address, n) => ({
      addresses: [address],
      conditions: {
        ready: !leaving.has(address),
        serving: true,
        terminating: leaving.has(address),
      },
      nodeName: `node-${n}`,
      targetRef: { kind: 'Pod', namespace: namespaceOf(i), name: `${nameOf(i)}-${n}` },
    })),
  }
}

export interface IngressVariant {
  readonly hasTls: boolean
  readonly annotations?: Readonly<Record<string, string>>
  readonly paths?: readonly string[]
}

export function ingressOf(i: number, variant: IngressVariant): Raw {
  const { hasTls, annotations = {}, paths = ['/', '/api'] } = variant
  const prefix = 'nginx.ingress.kubernetes.io'
  const backend = { service: { name: nameOf(i), port: { number: 80 } } }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...metadata(nameOf(i), namespaceOf(i), i),
      annotations: {
        [`${prefix}/proxy-body-size`]: '8m',
        [`${prefix}/proxy-read-timeout`]: '120',
        [`${prefix}/backend-protocol`]: 'HTTP',
        ...Object.fromEntries(
          Object.entries(annotations).map(([key, value]) => [`${prefix}/${key}`, value]),
        ),
      },
    },
    spec: {
      ingressClassName: 'nginx',
      ...(hasTls ? { tls: [{ hosts: [hostOf(i)], secretName: `${nameOf(i)}-tls` }] } : {}),
      rules: [
        {
          host: hostOf(i),
          http: { paths: paths.map((path) => ({ path, pathType: 'Prefix', backend })) },
        },
      ],
    },
  }
}

export function secretOf(i: number, { certificate, key }: KeyPair): Raw {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(`${nameOf(i)}-tls`, namespaceOf(i), i),
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(certificate), 'tls.key': base64(key) },
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** With the fields that an API server adds and that Sluice does not read. */
function metadata(name: string, namespace: string | undefined, i: number): Raw['metadata'] {
  const time = new Date(1_700_000_000_000 + 1_000 * i).toISOString().replace('.000', '')
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: `uid-of-${namespace ?? 'cluster'}-${name}`,
    creationTimestamp: time,
    generation: 1,
    labels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/managed-by': 'Helm' },
    managedFields: [
      {
        manager: 'helm',
        operation: 'Update',
        time,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app.kubernetes.io/name': {} } },
          'f:spec': { 'f:rules': {}, 'f:tls': {}, 'f:ports': {}, 'f:selector': {} },
        },
      },
    ],
  }
}

export const addressesOf = (i: number): readonly string[] =>
  Array.from(
    { length: endpointsEach },
    (_, n) =>
      `10.${(i * endpointsEach + n) >> 16}.${((i * endpointsEach + n) >> 8) & 255}.${(i * endpointsEach + n) & 255}`,
  )
