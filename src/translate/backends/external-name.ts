import { preview } from '../../diagnostics.ts'
import { word } from '../../model/token.ts'
import type { Word } from '../../model/token.ts'
import type { Service } from '../../objects/kinds.ts'
import { dnsName, keyOf } from '../../objects/meta.ts'
import { addressOf, endpointText } from './endpoints.ts'
import type { TranslateOptions } from '../translation.ts'

/** Where a Service of type ExternalName leads. */
export type External =
  | { readonly kind: 'address'; readonly address: Word }
  /** A name, as `dnsNameOf` gives it, that is resolved at run time, by Sluice or by nginx. */
  | { readonly kind: 'name'; readonly name: string; readonly address: Word }
  | { readonly kind: 'refused'; readonly reason: string }

const forbidden = new Set(['unspecified', 'linkLocal', 'multicast', 'broadcast', 'loopback'])

/** More of one name are left out, so that no name takes the memory that all upstreams share. */
export const mostExternalAddresses = 32

type Allowed = Pick<TranslateOptions, 'allowLoopbackEndpoints'>

const isAllowed = (range: string, { allowLoopbackEndpoints }: Allowed): boolean =>
  !forbidden.has(range) || (range === 'loopback' && allowLoopbackEndpoints)

/** An address that a name outside the cluster led to, as it is usually written; undefined for one that requests must not reach. */
export function allowedExternalAddress(text: string, options: Allowed): string | undefined {
  const parsed = addressOf(text)
  return parsed !== undefined && isAllowed(parsed.range, options) ? parsed.address : undefined
}

export function externalNameOf(
  service: Service,
  port: number,
  options: TranslateOptions,
): External {
  const name = `service ${keyOf(service)}`
  if (options.disableSvcExternalName)
    return {
      kind: 'refused',
      reason: `${name} has type ExternalName, which --disable-svc-external-name switches off`,
    }
  return externalOf(service.externalName, `${name} has externalName`, name, port, options)
}

/** Where `host` leads, which `whose` says (`service shop/db has externalName`). */
export function externalOf(
  host: string,
  says: string,
  whose: string,
  port: number,
  options: TranslateOptions,
): External {
  const full = host.toLowerCase().replace(/\.$/, '')
  const refused = (reason: string): External => ({ kind: 'refused', reason: `${whose} ${reason}` })
  const parsed = addressOf(full)
  if (parsed !== undefined) {
    const { address, range } = parsed
    if (!isAllowed(range, options)) return refused(`leads to the ${range} address ${address}`)
    return { kind: 'address', address: word(endpointText(address, port)) }
  }
  const name = dnsNameOf(host)
  if (name === undefined) {
    const why = leadsHere(full)
      ? 'which leads to nginx itself'
      : 'expected a name such as "db.example.com" or an IP address'
    return { kind: 'refused', reason: `${says} ${preview(host)}, ${why}` }
  }
  if (options.nameservers.length === 0)
    return refused('leads to a name, and no DNS server is known to resolve it')
  return { kind: 'name', name, address: word(`${full}:${port}`) }
}

/**
 * The name that DNS is asked for where something leads to `host`, in small letters; undefined where `host`
 * is no such name. With a dot at its end it is a full name, else one that the domains that the pod searches
 * may complete.
 */
export function dnsNameOf(host: string): string | undefined {
  const name = host.toLowerCase()
  const full = name.replace(/\.$/, '')
  const isName = dnsName.test(full) && addressOf(full) === undefined
  return isName && !leadsHere(full) ? name : undefined
}

const leadsHere = (name: string): boolean => name === 'localhost' || name.endsWith('.localhost')
