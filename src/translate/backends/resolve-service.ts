import { createHash } from 'node:crypto'
import { preview } from '../../diagnostics.ts'
import type { Diagnostic, DiagnosticCode } from '../../diagnostics.ts'
import type { Upstream } from '../../model/config.ts'
import { directive } from '../../model/directive.ts'
import { nginx, word } from '../../model/token.ts'
import type { Token, Word } from '../../model/token.ts'
import type { EndpointSlice, PortRef, Service, ServicePort } from '../../objects/kinds.ts'
import { keyOf } from '../../objects/meta.ts'
import { addressOf, endpointsOf, endpointText, servicePortOf } from './endpoints.ts'
import { externalNameOf } from './external-name.ts'
import type { External } from './external-name.ts'
import { externalEndpoints, namedEndpoints, namedServer } from './named-endpoints.ts'
import type { NamedEndpoints, TranslateOptions } from '../translation.ts'

/** Where a location sends its requests. */
export type Target =
  /** To the endpoints of an upstream. */
  | { readonly kind: 'upstream'; readonly upstream: Upstream }
  /** To a name that nginx resolves per request: for an nginx that cannot re-resolve the servers of an upstream. */
  | { readonly kind: 'name'; readonly address: Word }
  /** Nowhere: 503. */
  | { readonly kind: 'unavailable' }

/** A Target, and what is wrong with the reference; the object and the field are the referrer's. */
export interface Resolved {
  readonly target: Target
  /** What nginx is told of the target where its configuration does not list it. */
  readonly endpoints?: NamedEndpoints
  readonly problem?: Pick<Diagnostic, 'code' | 'severity' | 'problem'>
}

// nginx would take an endpoint that failed once out for a while; Kubernetes says itself which are ready
const always = nginx`max_fails=0`

const parametersOf: Readonly<Record<Way, readonly Token[]>> = {
  endpoints: [always],
  named: [...namedServer, always],
  'cluster-ip': [always],
  address: [always],
  name: [nginx`resolve`, always],
  external: [...namedServer, always],
}

/** Where requests for `port` of `service` go. */
export function resolveService(
  service: Service,
  slices: readonly EndpointSlice[],
  port: PortRef,
  viaClusterIp: boolean,
  options: TranslateOptions,
): Resolved {
  const found = servicePortOf(service, port)
  const external = service.type === 'ExternalName' ? externalPort(service, found, port) : undefined
  if (external !== undefined && external >= 1 && external <= 65_535)
    return toExternalName(service, external, options)

  const servicePort = found ?? podPort(service, port)
  if (servicePort === undefined)
    return refusal(
      'service-port-not-found',
      `service ${keyOf(service)} has no TCP port ${portText(port)}`,
    )
  const clusterIp = addressOf(service.clusterIPs[0] ?? '')?.address
  if (viaClusterIp && clusterIp !== undefined) {
    const address = endpointText(clusterIp, servicePort.port)
    return toUpstream(service, servicePort.port, 'cluster-ip', [address])
  }
  const none = {
    problem: {
      code: 'service-without-endpoints',
      severity: 'warning',
      problem: `service ${keyOf(service)} has no ready endpoint on port ${portText(port)}`,
    },
  } as const
  if (options.endpointUpdates === 'resolve') {
    const upstream = upstreamName(service, servicePort.port, 'endpoints')
    const endpoints = namedEndpoints(upstream, service, servicePort, slices, options)
    return {
      ...toUpstream(service, servicePort.port, 'named', [endpoints.name]),
      endpoints,
      ...(endpoints.addresses.length === 0 ? none : {}),
    }
  }
  const addresses = endpointsOf(slices, servicePort, options.allowLoopbackEndpoints)
  if (addresses.length > 0) return toUpstream(service, servicePort.port, 'endpoints', addresses)
  return { target: { kind: 'unavailable' }, ...none }
}

export const refusal = (code: DiagnosticCode, problem: string): Resolved => ({
  target: { kind: 'unavailable' },
  problem: { code, severity: 'error', problem },
})

const portText = (port: PortRef): string =>
  typeof port === 'number' ? String(port) : preview(port)

/** A headless Service needs no ports of its own: then the number in the Ingress is the pods'. */
function podPort({ ports }: Service, port: PortRef): ServicePort | undefined {
  if (ports.length > 0 || typeof port !== 'number') return undefined
  return { name: '', protocol: 'TCP', port, targetPort: port }
}

function externalPort(
  { ports }: Service,
  found: ServicePort | undefined,
  port: PortRef,
): number | undefined {
  if (found !== undefined)
    return typeof found.targetPort === 'number' ? found.targetPort : found.port
  return ports.length === 0 && typeof port === 'number' ? port : undefined
}

function toExternalName(service: Service, port: number, options: TranslateOptions): Resolved {
  const external = externalNameOf(service, port, options)
  switch (external.kind) {
    case 'refused':
      return refusal('service-without-endpoints', external.reason)
    case 'address':
      return toUpstream(service, port, 'address', [external.address])
    case 'name':
      return toName(service, port, external, options)
  }
}

/** nginx asks Sluice, or resolves the name itself: its servers anew or, where it cannot, for each request. */
function toName(
  service: Service,
  port: number,
  { name, address }: Extract<External, { readonly kind: 'name' }>,
  options: TranslateOptions,
): Resolved {
  if (options.endpointUpdates === 'resolve') {
    const upstream = upstreamName(service, port, 'external')
    const endpoints = externalEndpoints(upstream, service, { name, port }, options)
    return { ...toUpstream(service, port, 'external', [endpoints.name]), endpoints }
  }
  return options.abilities.resolve
    ? toUpstream(service, port, 'name', [address])
    : { target: { kind: 'name', address } }
}

type Way = 'endpoints' | 'named' | 'cluster-ip' | 'address' | 'name' | 'external'

function toUpstream(
  service: Service,
  port: number,
  way: Way,
  addresses: readonly string[],
): Resolved {
  const parameters = parametersOf[way]
  const isOfPods = way === 'endpoints' || way === 'named'
  const name = upstreamName(service, port, way)
  const upstream: Upstream = {
    name,
    origin: { kind: 'Service', namespace: service.namespace, name: service.name },
    port: String(port),
    endpoints: addresses.map((address) => ({ address: word(address), parameters })),
    ...(way === 'named' || way === 'external' ? { isNamed: true } : {}),
    directives: [
      // its own, so that no other name can fill it; it holds about 120 addresses
      ...(way === 'name' ? [directive('zone', name, nginx`128k`)] : []),
      ...(isOfPods && service.sessionAffinity === 'ClientIP'
        ? [directive('hash', nginx`$remote_addr`, nginx`consistent`)]
        : []),
    ],
  }
  return { target: { kind: 'upstream', upstream } }
}

/** A hash first, because nginx compares names from their start for every upstream and every proxy_pass. */
function upstreamName({ namespace, name }: Service, port: number, way: Way): Word {
  const identity = `${namespace}_${name}_${port}${way === 'endpoints' || way === 'named' ? '' : `_${way}`}`
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 8)
  return word(`${hash}_${identity}`)
}
