import type { Directive } from '../../model/directive.ts'
import { nginx, number, pattern } from '../../model/token.ts'
import type { Token, Word } from '../../model/token.ts'
import { askedBy } from '../../settings/origins.ts'
import type { Context } from '../context.ts'
import { empty, map, otherwise } from './map.ts'

/**
 * What is known of a request: who asked, for which host, on which port and how, as variables. Where clients
 * are not believed that is what nginx sees by itself, and a map more would cost each request and say the same.
 */

type Settings = Context['settings']

/** The scheme that the client used. */
export function schemeOf(settings: Settings): Word {
  if (settings['use-forwarded-headers']) return nginx`$pass_access_scheme`
  return settings['use-proxy-protocol'] ? nginx`$listen_scheme` : nginx`$scheme`
}

/** Whether the port alone tells which scheme the client used. */
export const schemeIsOfPort = (settings: Settings): boolean =>
  !settings['use-forwarded-headers'] && !settings['use-proxy-protocol']

/** The host that the client asked for, with the port if he named one. */
export function hostOf({ settings, options }: Pick<Context, 'settings' | 'options'>): Word {
  return settings['use-forwarded-headers'] ? nginx`$best_http_host` : askedHost(options)
}

/** The port that the client used; 443 for HTTPS, whatever the port is here. */
export function portOf({ settings, options }: Pick<Context, 'settings' | 'options'>): Word {
  return settings['use-forwarded-headers'] ? nginx`$pass_port` : listenPort(settings, options)
}

/** What the client says the request is called, else a random name. */
export const requestId = (settings: Settings): Word =>
  settings['generate-request-id'] ? nginx`$req_id` : nginx`$http_x_request_id`

/**
 * The authority of the request line counts, where there is one, and not the Host header (RFC 9112,
 * section 3.2.2): nginx chose the server by it.
 */
const askedHost = ({ abilities }: Context['options']): Word =>
  abilities.requestPort ? nginx`$host$is_request_port$request_port` : nginx`$client_host`

const listenPort = (settings: Settings, options: Context['options']): Word =>
  !settings['use-proxy-protocol'] && options.httpsPort === 443
    ? nginx`$server_port`
    : nginx`$listen_port`

/** Those of the variables above that nginx does not have by itself. */
export function requestMaps({ settings, options }: Context): readonly Directive[] {
  return [
    ...hostMaps(options),
    ...(settings['use-proxy-protocol'] ? proxyProtocolMaps(settings) : portMap(options)),
    ...(settings['use-forwarded-headers'] ? forwardedMaps(settings, options) : []),
    ...(settings['generate-request-id'] ? [requestIdMap] : []),
  ]
}

/** Without `$request_port` only the request line itself tells the authority that stands in it. */
function hostMaps({ abilities }: Context['options']): readonly Directive[] {
  if (abilities.requestPort) return []
  const authority = pattern('~^\\S++ ++[^/ ]++//(?<request_authority>[^/? ]++)')
  return [
    // HTTP/1.0 may come without a Host header
    map(nginx`$http_host`, nginx`$host_header`, [
      [otherwise, nginx`$http_host`],
      [empty, nginx`$host`],
    ]),
    map(nginx`$request`, nginx`$client_host`, [
      [otherwise, nginx`$host_header`],
      [authority, nginx`$request_authority`],
    ]),
  ]
}

function portMap(options: Context['options']): readonly Directive[] {
  if (options.httpsPort === 443) return []
  return [
    map(nginx`$server_port`, nginx`$listen_port`, [
      [otherwise, nginx`$server_port`],
      [number(options.httpsPort), nginx`443`],
    ]),
  ]
}

/** The PROXY header tells the port at which the balancer was called. */
const proxyProtocolMaps = (settings: Settings): readonly Directive[] =>
  askedBy(
    settings,
    ['use-proxy-protocol'],
    [
      map(nginx`$proxy_protocol_server_port`, nginx`$listen_port`, [
        [otherwise, nginx`$proxy_protocol_server_port`],
        [empty, nginx`$server_port`],
      ]),
      map(nginx`$proxy_protocol_server_port`, nginx`$listen_scheme`, [
        [otherwise, nginx`$scheme`],
        [nginx`443`, nginx`https`],
      ]),
    ],
  )

function forwardedMaps(settings: Settings, options: Context['options']): readonly Directive[] {
  const scheme = settings['use-proxy-protocol'] ? nginx`$listen_scheme` : nginx`$scheme`
  const first = pattern('~^\\s*(?<forwarded_host>[^\\s,]+)')
  return askedBy(
    settings,
    ['use-forwarded-headers'],
    [
      preferring(nginx`$http_x_forwarded_port`, listenPort(settings, options), nginx`$pass_port`),
      preferring(nginx`$http_x_forwarded_proto`, scheme, nginx`$pass_access_scheme`),
      map(nginx`$http_x_forwarded_host`, nginx`$best_http_host`, [
        [otherwise, askedHost(options)],
        [first, nginx`$forwarded_host`],
      ]),
    ],
  )
}

/** What the header `claimed` says if there is one, else `own`. */
const preferring = (claimed: Token, own: Token, result: Token): Directive =>
  map(claimed, result, [
    [otherwise, claimed],
    [empty, own],
  ])

const requestIdMap = map(nginx`$http_x_request_id`, nginx`$req_id`, [
  [otherwise, nginx`$http_x_request_id`],
  [empty, nginx`$request_id`],
])
