import { preview } from '../../diagnostics.ts'
import type { Upstream } from '../../model/config.ts'
import type { EndpointSlice, PortRef } from '../../objects/kinds.ts'
import { dns1123Subdomain, keyOf } from '../../objects/meta.ts'
import type { Key } from '../../objects/meta.ts'
import type { Context } from '../context.ts'
import type { Memory, Pass } from '../memory/memory.ts'
import { refusal, resolveService } from './resolve-service.ts'
import type { Resolved } from './resolve-service.ts'
import type { NamedEndpoints } from '../translation.ts'

/** Resolves references to Services, and collects the upstreams that are used, each once. */
export interface Backends {
  resolve(namespace: string, name: string, port: PortRef, viaClusterIp: boolean): Resolved
  find(reference: Reference): Resolved
  /** The first port of a Service. */
  resolveFirstPort(key: Key): Resolved
  /** Sorted by Service and port. */
  upstreams(): readonly Upstream[]
  /** What nginx is told of those whose endpoints are not in its configuration, by name. */
  endpoints(): ReadonlyMap<string, NamedEndpoints>
}

/** A port of a Service, as something refers to it. */
export interface Reference {
  readonly text: string
  readonly service: Key
  readonly port: PortRef
  readonly viaClusterIp: boolean
}

export function referenceTo(
  namespace: string,
  name: string,
  port: PortRef,
  viaClusterIp: boolean,
): Reference {
  const service = keyOf({ namespace, name })
  return { text: `${service}:${typeof port}:${port}:${viaClusterIp}`, service, port, viaClusterIp }
}

export function backendsOf({ snapshot, options }: Context, memory: Memory, pass: Pass): Backends {
  const upstreams = new Map<string, Upstream>()
  const endpoints = new Map<string, NamedEndpoints>()

  const lookUp = ({ text, service: key, port, viaClusterIp }: Reference): Resolved => {
    const service = snapshot.services.get(key)
    if (service === undefined)
      return refusal('service-not-found', `no service ${printable(key)} exists`)
    const slices = snapshot.endpointSlices.get(key) ?? none
    return memory.resolved(text, pass.of, service, slices, () =>
      resolveService(service, slices, port, viaClusterIp, options),
    )
  }

  const find: Backends['find'] = (reference) => {
    const known = memory.known(reference.text, pass)
    if (known?.isNew === false) return known.resolved
    const result = known?.resolved ?? lookUp(reference)
    const { target } = result
    // two names of one port are one upstream
    if (target.kind === 'upstream' && !upstreams.has(target.upstream.name))
      upstreams.set(target.upstream.name, target.upstream)
    if (result.endpoints !== undefined) endpoints.set(result.endpoints.name, result.endpoints)
    return result
  }

  const resolve: Backends['resolve'] = (...reference) => find(referenceTo(...reference))

  return {
    resolve,
    find,
    resolveFirstPort: (key) => {
      const service = snapshot.services.get(key)
      const [first] = service?.ports ?? []
      if (service === undefined) return refusal('service-not-found', `no service ${key} exists`)
      if (first === undefined)
        return refusal('service-port-not-found', `service ${key} has no port`)
      return resolve(service.namespace, service.name, first.port, false)
    },
    upstreams: () => memory.upstreamOrder.of(upstreams, byService),
    endpoints: () => endpoints,
  }
}

const none: readonly EndpointSlice[] = []

function byService(a: Upstream, b: Upstream): number {
  const [left, right] = [sortKey(a), sortKey(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

const sortKeys = new WeakMap<Upstream, string>()

function sortKey(upstream: Upstream): string {
  let key = sortKeys.get(upstream)
  if (key === undefined) {
    const { origin, port, name } = upstream
    key = `${origin.namespace}/${origin.name}:${port.padStart(5, '0')}:${name}`
    sortKeys.set(upstream, key)
  }
  return key
}

const printable = (key: Key): string =>
  key.split('/').every((part) => dns1123Subdomain.test(part)) ? key : preview(key)
