import { claims } from '../../model/claims.ts'
import { directive, entry } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { nginx } from '../../model/token.ts'
import type { Token } from '../../model/token.ts'
import { askedBy } from '../../settings/origins.ts'
import type { SettingKey } from '../../settings/table.ts'
import type { Context } from '../context.ts'
import { rememberedOfBoth } from '../memory/kept.ts'
import { clientAddress, forwardedForVariable } from './client-address.ts'
import { empty, map, otherwise } from './map.ts'
import { hostOf, portOf, requestId, schemeOf } from './request.ts'

type Settings = Context['settings']
type OfRequests = Pick<Context, 'settings' | 'options'>

export type HeaderDirective = 'proxy_set_header' | 'grpc_set_header'

/**
 * Every header that an endpoint is promised, set or cleared. A location that sets one of its own repeats
 * the list, because nginx inherits all of them or none.
 */
export const forwardedHeaders = (
  { settings, options }: OfRequests,
  kind: HeaderDirective,
): readonly Directive[] => allHeaders(settings, options)[kind]

const allHeaders = rememberedOfBoth(
  (settings: Settings, options: Context['options']): Record<HeaderDirective, Directive[]> => {
    const of = (kind: HeaderDirective): Directive[] => [
      ...headers({ settings, options }, kind),
      ...cleared({ settings }, kind),
    ]
    return { proxy_set_header: of('proxy_set_header'), grpc_set_header: of('grpc_set_header') }
  },
)

/** Those that are set. */
export function headers(context: OfRequests, kind: HeaderDirective): readonly Directive[] {
  const { settings } = context
  const client = clientAddress(settings)
  const asked = hostOf(context)
  const scheme = schemeOf(settings)
  const full = settings['use-forwarded-headers'] && settings['compute-full-forwarded-for']
  const all: readonly Header[] = [
    [nginx`Host`, asked],
    [nginx`X-Request-ID`, requestId(settings), 'generate-request-id'],
    [nginx`X-Real-IP`, client],
    [nginx`X-Forwarded-For`, full ? nginx`$full_x_forwarded_for` : client],
    [nginx`X-Forwarded-Host`, asked],
    [nginx`X-Forwarded-Port`, portOf(context)],
    [nginx`X-Forwarded-Proto`, scheme],
    [nginx`X-Forwarded-Scheme`, scheme],
    [nginx`X-Scheme`, scheme],
    [
      nginx`X-Original-Forwarded-For`,
      nginx`$${forwardedForVariable(settings)}`,
      'forwarded-for-header',
    ],
    [nginx`X-Original-Forwarded-Host`, nginx`$http_x_forwarded_host`],
    ...(kind === 'proxy_set_header' ? upgradeHeaders : []),
  ]
  return all.flatMap(([header, value, key]) =>
    askedBy(settings, key === undefined ? [] : [key], [directive(kind, header, value)]),
  )
}

/** With the key that may ask for another value, if there is one. */
type Header = readonly [name: Token, value: Token, key?: SettingKey]

/** Those that are cleared. */
export function cleared(
  { settings }: Pick<Context, 'settings'>,
  kind: HeaderDirective,
): readonly Directive[] {
  const { ofCgi, ofCertificates, ofUsers, ofProxies } = claims
  const believed = settings['use-forwarded-headers'] ? [] : [...ofUsers, ...ofProxies]
  return [...ofCgi, ...ofCertificates, ...believed].map((header) => directive(kind, header, empty))
}

const upgradeHeaders: readonly Header[] = [
  [nginx`Upgrade`, nginx`$upgrade`],
  [nginx`Connection`, nginx`$connection_upgrade`],
]

/**
 * A websocket is the only protocol that a client may change to: behind `h2c` an endpoint would take requests that
 * nginx never sees.
 */
export function upgradeMaps(settings: Settings): readonly Directive[] {
  const keepsNone = askedBy(settings, ['upstream-keepalive-connections'], [entry(otherwise, close)])
  return [
    map(nginx`$http_upgrade`, nginx`$upgrade`, [
      [otherwise, empty],
      [nginx`websocket`, nginx`websocket`],
    ]),
    map(nginx`$http_upgrade`, nginx`$connection_upgrade`, [
      // an empty one lets nginx keep the connection for the next request
      ...(settings['upstream-keepalive-connections'] > 0 ? [entry(otherwise, empty)] : keepsNone),
      [nginx`websocket`, nginx`upgrade`],
    ]),
  ]
}

const close = nginx`close`
