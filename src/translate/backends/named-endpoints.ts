import { createHash } from 'node:crypto'
import type { Server } from '../../model/config.ts'
import { nginx } from '../../model/token.ts'
import type { Token, Word } from '../../model/token.ts'
import type { EndpointSlice, Service, ServicePort } from '../../objects/kinds.ts'
import { keyOf } from '../../objects/meta.ts'
import type { Snapshot } from '../../objects/snapshot.ts'
import { endpointsOf } from './endpoints.ts'
import type { NamedEndpoints, TranslateOptions } from '../translation.ts'

type Endpoints = Pick<TranslateOptions, 'allowLoopbackEndpoints'>

/** What a `server` line says after a name that Sluice resolves: SRV records, which carry the ports. */
export const namedServer: readonly Token[] = [nginx`service=http`, nginx`resolve`]

/** Of `upstream`: the name that nginx asks for, which depends on nothing else, and the answer. */
export function namedEndpoints(
  upstream: Word,
  service: Service,
  servicePort: ServicePort,
  slices: readonly EndpointSlice[],
  { allowLoopbackEndpoints }: Endpoints,
): NamedEndpoints {
  return {
    name: nameOf(upstream),
    upstream,
    service: keyOf(service),
    servicePort,
    addresses: endpointsOf(slices, servicePort, allowLoopbackEndpoints),
    isHashed: service.sessionAffinity === 'ClientIP',
    isTls: false,
    hasIpv6: slices.some(({ addressType }) => addressType === 'IPv6'),
  }
}

/** The same of `upstream`, which leads to a name outside the cluster, whose addresses a translation cannot know. */
export function externalEndpoints(
  upstream: Word,
  service: Service,
  external: { readonly name: string; readonly port: number },
  { abilities }: Pick<TranslateOptions, 'abilities'>,
): NamedEndpoints {
  return {
    name: nameOf(upstream),
    upstream,
    service: keyOf(service),
    servicePort: { name: '', protocol: 'TCP', port: external.port, targetPort: external.port },
    addresses: [],
    external,
    isHashed: false,
    isTls: false,
    hasIpv6: abilities.ipv6,
  }
}

const nameOf = (upstream: Word): string =>
  `${createHash('sha256').update(upstream).digest('hex').slice(0, 16)}.sluice.internal`

/** `known` as `snapshot` has it: the quick way for a change of EndpointSlices alone. */
export function endpointsNow(
  known: NamedEndpoints,
  { endpointSlices }: Snapshot,
  { allowLoopbackEndpoints }: Endpoints,
): NamedEndpoints {
  const slices = endpointSlices.get(known.service) ?? []
  return { ...known, addresses: endpointsOf(slices, known.servicePort, allowLoopbackEndpoints) }
}

/** `endpoints`, of which those that `servers` send requests to over TLS say so. */
export function withProtocols(
  endpoints: ReadonlyMap<string, NamedEndpoints>,
  servers: readonly Server[],
): ReadonlyMap<string, NamedEndpoints> {
  const overTls = new Set(servers.flatMap(tlsUpstreamsOf))
  if (overTls.size === 0) return endpoints
  return new Map(
    [...endpoints].map(([name, each]) => [
      name,
      overTls.has(each.upstream) ? { ...each, isTls: true } : each,
    ]),
  )
}

const tlsUpstreams = new WeakMap<Server, readonly string[]>()

function tlsUpstreamsOf(server: Server): readonly string[] {
  let found = tlsUpstreams.get(server)
  if (found === undefined) {
    found = server.locations.flatMap(({ directives }) =>
      directives.flatMap(({ name, args: [address = ''] }) => {
        if (name !== 'proxy_pass' && name !== 'grpc_pass') return []
        const upstream = /^(?:https|grpcs):\/\/(.+)$/.exec(address)?.[1]
        return upstream === undefined ? [] : [upstream]
      }),
    )
    tlsUpstreams.set(server, found)
  }
  return found
}
