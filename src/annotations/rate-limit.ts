import { block, directive, entry } from '../model/directive.ts'
import type { Directive } from '../model/directive.ts'
import { shortHash } from '../model/short-hash.ts'
import { literal, nginx, number, word } from '../model/token.ts'
import type { Word } from '../model/token.ts'
import { feature, field } from './feature.ts'
import { networkMap } from './source-range.ts'
import { cidrs, wholeNumber } from './values.ts'
import type { Cidr } from './values.ts'

/** Room for the addresses of some 40,000 clients, as in ingress-nginx. */
const zoneSize = nginx`5m`

export const rateLimit = feature(
  'rate-limit',
  {
    'limit-rps': field({
      summary:
        'Requests per second of one client that the paths of the Ingress take together; `0` for any number. What is more than the burst gets 503.',
      value: wholeNumber(0, 1_000_000),
      accepts: ['5', '0', '1000'],
      rejects: ['-1', '5r/s', '1.5', '5;', 'many', ''],
      onInvalid: 'refuse',
    }),
    'limit-burst-multiplier': field({
      summary:
        'How many times the limit one client may send at once; 5 where there is none, `0` for no burst.',
      value: wholeNumber(0, 1_000),
      accepts: ['3', '0'],
      rejects: ['-1', '1.5', 'x', ''],
      beside: { 'limit-rps': '5' },
    }),
    'limit-allowlist': field({
      summary: 'Clients without a limit, as addresses and networks.',
      value: cidrs,
      aliases: ['limit-whitelist'],
      accepts: ['10.0.0.0/8,192.0.2.7', '2001:db8::/32', '0.0.0.0/0,10.0.0.0/8', '::/0'],
      rejects: ['10.0.0.0/33', 'all', 'example.com', ','],
      onInvalid: 'refuse',
      beside: { 'limit-rps': '5' },
    }),
  },
  (
    { 'limit-rps': rate = 0, 'limit-burst-multiplier': times = 5, 'limit-allowlist': exempt = [] },
    { namespace, name, request, from },
  ) => {
    if (rate === 0) return undefined
    const client: Word =
      request.client === '$remote_addr' ? nginx`$binary_remote_addr` : request.client
    const limited = exempt.length === 0 ? undefined : limitedClients(request.client, client, exempt)
    // nginx refuses a reload in which a zone has another key
    const key = limited === undefined ? client : nginx`$${limited.name}`
    const zone = word(`rps_${shortHash(`${namespace}/${name} ${key}`)}`)
    const burst = rate * times
    const limit = directive(
      'limit_req',
      nginx`zone=${zone}`,
      ...(burst > 0 ? [nginx`burst=${number(burst)}`, nginx`nodelay`] : []),
    )
    const zoneLine = directive(
      'limit_req_zone',
      key,
      nginx`zone=${zone}:${zoneSize}`,
      nginx`rate=${number(rate)}r/s`,
    )
    return {
      http: new Map([
        ...(limited?.maps ?? []),
        [zone, { ...zoneLine, origin: from('limit-rps') }] as const,
      ]),
      location: { limit: [{ ...limit, origin: from('limit-rps') }] },
    }
  },
)

/** A variable that is empty for clients in `exempt`, and else tells them apart. */
function limitedClients(
  address: Word,
  client: Word,
  exempt: readonly Cidr[],
): { readonly name: Word; readonly maps: readonly (readonly [string, Directive])[] } {
  const id = shortHash(exempt.join(' '))
  const isExempt = word(`is_exempt_${id}`)
  const name = word(`limited_${id}`)
  const because = nginx`limit-allowlist`
  const limitedMap = block(
    'map',
    [nginx`$${isExempt}`, nginx`$${name}`],
    [entry(literal(''), client), entry(nginx`default`, literal(''))],
  )
  return {
    name,
    maps: [
      [isExempt, { ...networkMap(address, nginx`$${isExempt}`, exempt), because }],
      [name, { ...limitedMap, because }],
    ],
  }
}
