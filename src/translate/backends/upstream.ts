import type { Balance } from '../../annotations/look.ts'
import type { Upstream } from '../../model/config.ts'
import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import type { Origin } from '../../model/origin.ts'
import { shortHash } from '../../model/short-hash.ts'
import { nginx, word } from '../../model/token.ts'
import type { Token, Word } from '../../model/token.ts'
import type { NamedEndpoints } from '../translation.ts'
import type { Led } from './led.ts'

/** Whose endpoints an upstream has, and how nginx finds them. */
export interface Wanted {
  readonly origin: Origin
  readonly port: number
  readonly way: Way
  /** Tells this upstream from others of the same port. */
  readonly suffix?: string
  readonly balance: Balance
}

export type Way =
  /** Its configuration lists them. */
  | 'listed'
  /** It asks Sluice, which answers with ports. */
  | 'asked'
  /** It resolves a name at the DNS servers of the pod, again and again. */
  | 'resolved'

// nginx would take an endpoint that failed once out for a while; Kubernetes says itself which are ready
const always = nginx`max_fails=0`

const parametersOf: Readonly<Record<Way, readonly Token[]>> = {
  listed: [always],
  // SRV records, which carry the ports
  asked: [nginx`service=http`, nginx`resolve`, always],
  resolved: [nginx`resolve`, always],
}

/** The upstream with `addresses`, which for `asked` is the one name that nginx asks for. */
export function toUpstream(
  wanted: Wanted,
  addresses: readonly string[],
  endpoints?: NamedEndpoints,
): Led {
  const { origin, port, way, balance } = wanted
  const name = upstreamName(wanted)
  const parameters = parametersOf[way]
  const upstream: Upstream = {
    name,
    origin,
    port: String(port),
    endpoints: addresses.map((address) => ({ address: word(address), parameters })),
    ...(way === 'asked' ? { isNamed: true } : {}),
    directives: [
      // its own, so that no other name can fill it; it holds about 120 addresses
      ...(way === 'resolved' ? [directive('zone', name, nginx`128k`)] : []),
      ...hashOf(balance),
    ],
  }
  return {
    resolved: { target: { kind: 'upstream', upstream: name } },
    upstream,
    ...(endpoints === undefined ? {} : { endpoints }),
  }
}

function hashOf(balance: Balance): readonly Directive[] {
  if (balance.hash === undefined) return []
  const line = directive('hash', balance.hash, nginx`consistent`)
  const because = isByClient(balance) ? nginx`sessionAffinity` : nginx`upstream-hash-by`
  return [{ ...line, because }]
}

/** Sluice keeps files of these names (controller/empty-upstreams.ts), which have 255 bytes at most. */
const longestIdentity = 200

/** A hash first, because nginx compares names from their start for every upstream and every proxy_pass. */
export function upstreamName({ origin, port, suffix, balance }: Omit<Wanted, 'way'>): Word {
  const { namespace, name } = origin
  const parts = [
    namespace === '' ? name : `${namespace}_${name}`,
    String(port),
    ...(suffix === undefined ? [] : [suffix]),
    // among those of one Service
    ...(balance.hash === undefined || isByClient(balance)
      ? []
      : [`by_${shortHash(balance.hash, 8)}`]),
  ]
  const identity = parts.join('_')
  const isWhole = identity.length <= longestIdentity && /^[\w.:-]+$/.test(identity)
  const digest = isWhole ? shortHash(identity, 8) : shortHash(identity)
  // behind a colon, as in an IPv6 address, nginx looks for a port
  return word(`${digest}_${identity.slice(0, longestIdentity).replaceAll(/[^\w.-]/g, '-')}`)
}

export const byClient: Balance = { hash: nginx`$remote_addr` }

/** As a Service asks for it, whose upstream then has no other name. */
const isByClient = (balance: Balance): boolean => balance === byClient
