import { resolverHosts } from '../../model/loopback.ts'
import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { nginx, word } from '../../model/token.ts'
import type { Token } from '../../model/token.ts'
import { mostExternalAddresses } from './external-name.ts'
import type { NamedEndpoints, TranslateOptions } from '../translation.ts'

/** The DNS servers of the pod. */
export function resolverOf({
  nameservers,
  abilities,
}: Pick<TranslateOptions, 'nameservers' | 'abilities'>): readonly Directive[] {
  if (nameservers.length === 0) return []
  const addresses: Token[] = nameservers.map((address) =>
    word(/:.*:/.test(address) ? `[${address}]` : address),
  )
  return [
    directive('resolver', ...addresses, ...(abilities.ipv6 ? [] : [nginx`ipv6=off`])),
    directive('resolver_timeout', nginx`5s`),
  ]
}

/**
 * Sluice itself. nginx gives a question up after this time, and does not ask again for as long: a Sluice
 * that was away for less finds every question waiting. 32-bit releases take no more than 24 days.
 */
export function sluiceResolver(
  statusPort: number,
  endpoints: ReadonlyMap<string, NamedEndpoints>,
): readonly Directive[] {
  const addresses = hostsFor(endpoints.size).map((host) => word(`${host}:${statusPort}`))
  const isDual = [...endpoints.values()].some(({ hasIpv6 }) => hasIpv6)
  return [
    directive('resolver', ...addresses, ...(isDual ? [] : [nginx`ipv6=off`])),
    directive('resolver_timeout', nginx`20d`),
  ]
}

const namesOfHost = 64

/**
 * As many as hold the answers for all names at once. No more, because Sluice does not know a new worker
 * of nginx before each of its sockets was used.
 */
export const hostsFor = (names: number): readonly string[] =>
  resolverHosts.slice(0, Math.max(1, Math.ceil(names / namesOfHost)))

const leastZone = 2 ** 20
const bytesOfUpstream = 4_096
const bytesOfEndpoint = 1_024

/**
 * Shared memory for the endpoints of all upstreams, twice over, because new ones come before old ones
 * are done with. It grows fourfold, so that a change of endpoints hardly ever changes it.
 */
export function zoneOf(endpoints: ReadonlyMap<string, NamedEndpoints>): Directive {
  let bytes = 0
  for (const { addresses, external } of endpoints.values()) {
    const most = external === undefined ? addresses.length : mostExternalAddresses
    bytes += bytesOfUpstream + 2 * bytesOfEndpoint * most
  }
  let size = leastZone
  while (size < bytes) size *= 4
  return directive('zone', nginx`endpoints`, word(`${size / 2 ** 20}m`))
}
