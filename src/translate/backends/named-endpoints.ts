import type { Server } from '../../model/config.ts'
import type { Origin } from '../../model/origin.ts'
import { shortHash } from '../../model/short-hash.ts'
import type { Word } from '../../model/token.ts'
import type { ServicePort } from '../../objects/kinds.ts'
import { keyOf } from '../../objects/meta.ts'
import type { Key } from '../../objects/meta.ts'
import type { Snapshot } from '../../objects/snapshot.ts'
import { remembered } from '../memory/kept.ts'
import type { NamedEndpoints, TranslateOptions } from '../translation.ts'
import { endpointsOf } from './endpoints.ts'

type Allowed = Pick<TranslateOptions, 'allowLoopbackEndpoints'>
type Slices = Pick<Snapshot, 'endpointSlices'>

/** A port of a Service. */
export interface Member {
  readonly service: Key
  readonly servicePort: ServicePort
}

/** Ready addresses of the first of `members` that has any. */
export function addressesOf(
  members: readonly Member[],
  { endpointSlices }: Slices,
  { allowLoopbackEndpoints }: Allowed,
): readonly string[] {
  for (const { service, servicePort } of members) {
    const slices = endpointSlices.get(service) ?? []
    const addresses = endpointsOf(slices, servicePort, allowLoopbackEndpoints)
    if (addresses.length > 0) return addresses
  }
  return []
}

/** Of `upstream`: the name that nginx asks for, which depends on nothing else, and the answer. */
export function namedEndpoints(
  upstream: Word,
  members: readonly Member[],
  isHashed: boolean,
  slices: Slices,
  options: Allowed,
): NamedEndpoints {
  const [first] = members
  return {
    name: nameOf(upstream),
    upstream,
    of: first === undefined ? '' : `${first.service}:${first.servicePort.port}`,
    members,
    addresses: addressesOf(members, slices, options),
    isHashed,
    isTls: false,
    hasIpv6: members.some(({ service }) =>
      slices.endpointSlices.get(service)?.some(({ addressType }) => addressType === 'IPv6'),
    ),
  }
}

/** The same of `upstream`, which leads to a name outside the cluster, whose addresses a translation cannot know. */
export function externalEndpoints(
  upstream: Word,
  from: Origin,
  external: { readonly name: string; readonly port: number },
  isHashed: boolean,
  { abilities }: Pick<TranslateOptions, 'abilities'>,
): NamedEndpoints {
  return {
    name: nameOf(upstream),
    upstream,
    of: `${keyOf(from)}:${external.port}`,
    members: [],
    addresses: [],
    external: { ...external, from },
    isHashed,
    isTls: false,
    hasIpv6: abilities.ipv6,
  }
}

const nameOf = (upstream: Word): string => `${shortHash(upstream)}.sluice.internal`

/** `known` as `snapshot` has it: the quick way for a change of EndpointSlices alone. */
export const endpointsNow = (
  known: NamedEndpoints,
  snapshot: Snapshot,
  options: Allowed,
): NamedEndpoints => ({ ...known, addresses: addressesOf(known.members, snapshot, options) })

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

const tlsUpstreamsOf = remembered(({ locations }: Server): readonly Word[] =>
  locations.flatMap(({ answer }) =>
    answer.kind === 'pass' && (answer.protocol === 'HTTPS' || answer.protocol === 'GRPCS')
      ? answer.to
      : [],
  ),
)
