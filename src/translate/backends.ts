import { createHash } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import { preview } from '../diagnostics.ts'
import type { Diagnostic, DiagnosticCode } from '../diagnostics.ts'
import type { Endpoint, Upstream } from '../model/config.ts'
import { directive } from '../model/directive.ts'
import type { Origin } from '../model/origin.ts'
import { nginx, word } from '../model/token.ts'
import type { Word } from '../model/token.ts'
import type { PortRef, Service, ServicePort } from '../objects/kinds.ts'
import { dns1123Subdomain, keyOf } from '../objects/meta.ts'
import type { Key } from '../objects/meta.ts'
import type { Context } from './context.ts'
import { endpointsOf, servicePortOf } from './endpoints.ts'

/** Where a location sends its requests. */
export type Target =
  /** To the endpoints of an upstream. */
  | { readonly kind: 'upstream'; readonly upstream: Upstream; readonly service: Origin }
  /** To a name that nginx resolves per request: for an nginx that cannot re-resolve the servers of an upstream. */
  | { readonly kind: 'name'; readonly address: Word; readonly service: Origin }
  /** Nowhere: 503. */
  | { readonly kind: 'unavailable' }

/** What is wrong with a reference to a Service; the object and the field are the referrer's. */
type Problem = Pick<Diagnostic, 'problem' | 'severity'> & { readonly code: DiagnosticCode }

interface Resolved {
  readonly target: Target
  readonly problem?: Problem
}

const unavailable: Target = { kind: 'unavailable' }

/** Resolves references to Services, and collects the upstreams that are used, each once. */
export interface Backends {
  resolve(namespace: string, name: string, port: PortRef, viaClusterIp: boolean): Resolved
  /** The first port of a Service. */
  resolveFirstPort(key: Key): Resolved
  /** Sorted by Service and port. */
  upstreams(): readonly Upstream[]
}

export function backendsOf({ snapshot, options, settings }: Context): Backends {
  const resolved = new Map<string, Resolved>()
  const upstreams = new Map<string, Upstream>()

  const upstreamOf = (
    service: Service,
    port: number,
    kind: string,
    endpoints: readonly Endpoint[],
    affinity: boolean,
  ): Target => {
    const name = upstreamName(service, port, kind)
    const origin: Origin = { kind: 'Service', namespace: service.namespace, name: service.name }
    let upstream = upstreams.get(name)
    if (upstream === undefined) {
      const directives = [
        ...(kind === 'name' ? [directive('zone', nginx`upstreams`, nginx`1m`)] : []),
        ...(affinity ? [directive('hash', nginx`$remote_addr`, nginx`consistent`)] : []),
      ]
      upstream = { name, origin, port: String(port), endpoints, directives }
      upstreams.set(name, upstream)
    }
    return { kind: 'upstream', upstream, service: origin }
  }

  const externalName = (service: Service, number: number): Resolved => {
    const name = service.externalName.toLowerCase().replace(/\.$/, '')
    const origin: Origin = { kind: 'Service', namespace: service.namespace, name: service.name }
    if (options.disableSvcExternalName)
      return refusal(
        'service-without-endpoints',
        `service ${keyOf(service)} has type ExternalName, which --disable-svc-external-name switches off`,
      )
    if (ipaddr.isValid(name)) {
      const range = ipaddr.process(name).range()
      const isForbidden = [
        'unspecified',
        'linkLocal',
        'multicast',
        'broadcast',
        'loopback',
      ].includes(range)
      if (isForbidden && !(range === 'loopback' && options.allowLoopbackEndpoints))
        return refusal(
          'service-without-endpoints',
          `service ${keyOf(service)} leads to the ${range} address ${name}`,
        )
      const address = word(name.includes(':') ? `[${name}]:${number}` : `${name}:${number}`)
      return {
        target: upstreamOf(
          service,
          number,
          'address',
          [{ address, parameters: [nginx`max_fails=0`] }],
          false,
        ),
      }
    }
    if (!dns1123Subdomain.test(name) || name === 'localhost' || name.endsWith('.localhost')) {
      return refusal(
        'service-without-endpoints',
        `service ${keyOf(service)} has externalName ${preview(service.externalName)}, which cannot be a backend`,
      )
    }
    if (options.nameservers.length === 0)
      return refusal(
        'service-without-endpoints',
        `service ${keyOf(service)} has type ExternalName, and no DNS server is known to resolve it`,
      )
    const address = word(`${name}:${number}`)
    if (!options.abilities.resolve) return { target: { kind: 'name', address, service: origin } }
    return {
      target: upstreamOf(
        service,
        number,
        'name',
        [{ address, parameters: [nginx`resolve`, nginx`max_fails=0`] }],
        false,
      ),
    }
  }

  const toService = (service: Service, port: PortRef, viaClusterIp: boolean): Resolved => {
    const found = servicePortOf(service, port)
    if (service.type === 'ExternalName') {
      const target = typeof found?.targetPort === 'number' ? found.targetPort : found?.port
      const number = target ?? (service.ports.length === 0 ? Number(port) : Number.NaN)
      if (Number.isInteger(number) && number >= 1 && number <= 65_535)
        return externalName(service, number)
    }
    const servicePort = found ?? portWithoutService(service, port)
    if (servicePort === undefined)
      return refusal(
        'service-port-not-found',
        `service ${keyOf(service)} has no TCP port ${portText(port)}`,
      )
    const [clusterIp] = service.clusterIPs
    if (viaClusterIp && clusterIp !== undefined && ipaddr.isValid(clusterIp)) {
      const address = word(
        clusterIp.includes(':')
          ? `[${clusterIp}]:${servicePort.port}`
          : `${clusterIp}:${servicePort.port}`,
      )
      return {
        target: upstreamOf(
          service,
          servicePort.port,
          'cluster-ip',
          [{ address, parameters: [nginx`max_fails=0`] }],
          false,
        ),
      }
    }
    const slices = snapshot.endpointSlices.get(keyOf(service)) ?? []
    const addresses = endpointsOf(slices, servicePort, options.allowLoopbackEndpoints)
    if (addresses.length === 0) {
      const problem = `service ${keyOf(service)} has no ready endpoint on port ${portText(port)}`
      return {
        target: unavailable,
        problem: { code: 'service-without-endpoints', severity: 'warning', problem },
      }
    }
    const endpoints = addresses.map((address) => ({
      address: word(address),
      parameters: [nginx`max_fails=0`],
    }))
    return {
      target: upstreamOf(
        service,
        servicePort.port,
        'endpoints',
        endpoints,
        service.sessionAffinity === 'ClientIP',
      ),
    }
  }

  const resolve: Backends['resolve'] = (namespace, name, port, viaClusterIp) => {
    const wantsClusterIp = viaClusterIp || settings['service-upstream']
    const key = `${namespace}/${name}:${typeof port}:${port}:${wantsClusterIp}`
    let result = resolved.get(key)
    if (result === undefined) {
      const service = snapshot.services.get(keyOf({ namespace, name }))
      result =
        service === undefined
          ? refusal('service-not-found', `no service ${printable(namespace, name)} exists`)
          : toService(service, port, wantsClusterIp)
      resolved.set(key, result)
    }
    return result
  }

  return {
    resolve,
    resolveFirstPort: (key) => {
      const service = snapshot.services.get(key)
      const [first] = service?.ports ?? []
      if (service === undefined) return refusal('service-not-found', `no service ${key} exists`)
      if (first === undefined)
        return refusal('service-port-not-found', `service ${key} has no port`)
      return resolve(service.namespace, service.name, first.port, false)
    },
    upstreams: () =>
      [...upstreams.values()].sort((a, b) => {
        const [left, right] = [sortKey(a), sortKey(b)]
        return left < right ? -1 : left > right ? 1 : 0
      }),
  }
}

const sortKey = ({ origin, port, name }: Upstream): string =>
  `${origin.namespace}/${origin.name}:${port.padStart(5, '0')}:${name}`
const portText = (port: PortRef): string =>
  typeof port === 'number' ? String(port) : preview(port)
const printable = (namespace: string, name: string): string =>
  dns1123Subdomain.test(name) ? `${namespace}/${name}` : preview(name)

const refusal = (code: DiagnosticCode, problem: string): Resolved => ({
  target: unavailable,
  problem: { code, severity: 'error', problem },
})

/** A headless Service needs no ports of its own: then the number in the Ingress is the pods'. */
function portWithoutService({ ports }: Service, port: PortRef): ServicePort | undefined {
  if (ports.length > 0 || typeof port !== 'number') return undefined
  return { name: '', protocol: 'TCP', port, targetPort: port }
}

/** A hash first, because nginx compares names from their start for every upstream and every proxy_pass. */
function upstreamName({ namespace, name }: Service, port: number, kind: string): Word {
  const suffix = kind === 'endpoints' ? '' : `_${kind}`
  const identity = `${namespace}_${name}_${port}${suffix}`
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 8)
  return word(`${hash}_${identity}`)
}
