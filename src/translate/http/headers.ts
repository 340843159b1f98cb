import { block, directive, entry } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { literal, nginx, number, pattern, word } from '../../model/token.ts'
import type { Token, Word } from '../../model/token.ts'
import { clientAddress, forwardedForVariable } from './client-address.ts'
import type { Context } from '../context.ts'

/** Variables of the http context that say who asks, for what, and how; and what is told to the endpoints. */

/** The maps behind `forwardedHeaders` and the redirect to HTTPS. */
export function requestMaps({ settings, options }: Context): readonly Directive[] {
  const trusts = settings['use-forwarded-headers']
  const https = number(options.httpsPort)
  const port = settings['use-proxy-protocol']
    ? block(
        'map',
        [nginx`$proxy_protocol_server_port`, nginx`$listen_port`],
        [
          entry(nginx`default`, nginx`$proxy_protocol_server_port`),
          entry(literal(''), nginx`$server_port`),
        ],
      )
    : block(
        'map',
        [nginx`$server_port`, nginx`$listen_port`],
        [entry(nginx`default`, nginx`$server_port`), entry(https, nginx`443`)],
      )
  const scheme = settings['use-proxy-protocol']
    ? block(
        'map',
        [nginx`$proxy_protocol_server_port`, nginx`$listen_scheme`],
        [entry(nginx`default`, nginx`$scheme`), entry(nginx`443`, nginx`https`)],
      )
    : block('map', [literal(''), nginx`$listen_scheme`], [entry(nginx`default`, nginx`$scheme`)])
  return [
    port,
    scheme,
    preferring('$http_x_forwarded_port', '$listen_port', '$pass_port', trusts),
    preferring('$http_x_forwarded_proto', '$listen_scheme', '$pass_access_scheme', trusts),
    block(
      'map',
      [nginx`$http_host`, nginx`$client_host`],
      [entry(nginx`default`, nginx`$http_host`), entry(literal(''), nginx`$host`)],
    ),
    trusts
      ? block(
          'map',
          [nginx`$http_x_forwarded_host`, nginx`$best_http_host`],
          [
            entry(nginx`default`, nginx`$client_host`),
            entry(pattern('~^\\s*(?<forwarded_host>[^\\s,]+)'), nginx`$forwarded_host`),
          ],
        )
      : block(
          'map',
          [literal(''), nginx`$best_http_host`],
          [entry(nginx`default`, nginx`$client_host`)],
        ),
    block(
      'map',
      [nginx`$http_x_request_id`, nginx`$req_id`],
      [
        entry(nginx`default`, nginx`$http_x_request_id`),
        entry(literal(''), settings['generate-request-id'] ? nginx`$request_id` : literal('')),
      ],
    ),
    block(
      'map',
      [nginx`$http_upgrade`, nginx`$connection_upgrade`],
      [
        entry(nginx`default`, nginx`upgrade`),
        entry(
          literal(''),
          settings['upstream-keepalive-connections'] > 0 ? literal('') : nginx`close`,
        ),
      ],
    ),
    ...redirectMaps(settings),
    block(
      'map',
      [nginx`$https`, nginx`$hsts`],
      [entry(nginx`default`, literal('')), entry(nginx`on`, hstsValue(settings))],
    ),
  ]
}

/** `trusted` where a client may say it, and does; else `own`. */
function preferring(header: string, own: string, result: string, trusts: boolean): Directive {
  return trusts
    ? block(
        'map',
        [variable(header), variable(result)],
        [entry(nginx`default`, variable(header)), entry(literal(''), variable(own))],
      )
    : block('map', [literal(''), variable(result)], [entry(nginx`default`, variable(own))])
}

const variable = (text: string): Token => nginx`$${word(text.slice(1))}`

/** Whether the port alone tells which scheme the client used. */
export const schemeIsOfPort = (settings: Context['settings']): boolean =>
  !settings['use-forwarded-headers'] && !settings['use-proxy-protocol']

/** The scheme that the client used, as far as it is known. */
export function schemeOf(settings: Context['settings']): Word {
  if (settings['use-forwarded-headers']) return nginx`$pass_access_scheme`
  return settings['use-proxy-protocol'] ? nginx`$listen_scheme` : nginx`$scheme`
}

/** The host that the client asked for. Where it is not believed, a map more would cost each request and say the same. */
export const hostOf = (settings: Context['settings']): Word =>
  settings['use-forwarded-headers'] ? nginx`$best_http_host` : nginx`$client_host`

/** Where plain HTTP is sent: the host without its port, and the URI without one slash at its end. */
function redirectMaps(settings: Context['settings']): readonly Directive[] {
  const trusts = settings['use-forwarded-headers']
  return [
    block(
      'map',
      [schemeOf(settings), nginx`$redirect_to_https`],
      [entry(nginx`default`, literal('')), entry(nginx`http`, nginx`1`)],
    ),
    block(
      'map',
      [nginx`$request_uri`, nginx`$redirect_uri`],
      [
        entry(nginx`default`, nginx`$request_uri`),
        entry(pattern('~^(?<uri_without_slash>.*)/$'), nginx`$uri_without_slash`),
      ],
    ),
    trusts
      ? block(
          'map',
          [nginx`$http_x_forwarded_host`, nginx`$redirect_host`],
          [
            entry(nginx`default`, nginx`$host`),
            entry(pattern('~^\\s*(?<redirected_host>[A-Za-z0-9._-]+)'), nginx`$redirected_host`),
          ],
        )
      : block('map', [literal(''), nginx`$redirect_host`], [entry(nginx`default`, nginx`$host`)]),
  ]
}

function hstsValue(settings: Context['settings']): Token {
  if (!settings.hsts) return literal('')
  const parts = [`max-age=${settings['hsts-max-age']}`]
  if (settings['hsts-include-subdomains']) parts.push('includeSubDomains')
  if (settings['hsts-preload']) parts.push('preload')
  return literal(parts.join('; '))
}

/** What nginx alone says about the certificate of a client. */
const identities = [
  nginx`ssl-client-verify`,
  nginx`ssl-client-subject-dn`,
  nginx`ssl-client-issuer-dn`,
  nginx`ssl-client-cert`,
]

/** What only a proxy that is believed may say. */
const claims = [nginx`Forwarded`, nginx`X-Forwarded-Prefix`, nginx`X-Forwarded-Server`]

/**
 * Every header that an endpoint is promised, set or cleared. A location that sets one of its own repeats
 * the list, because nginx inherits all of them or none.
 */
export function forwardedHeaders(
  { settings }: Context,
  kind: 'proxy_set_header' | 'grpc_set_header',
): readonly Directive[] {
  const client = clientAddress(settings)
  const trusts = settings['use-forwarded-headers']
  const host = hostOf(settings)
  const port = trusts ? nginx`$pass_port` : nginx`$listen_port`
  const scheme = schemeOf(settings)
  const full = settings['use-forwarded-headers'] && settings['compute-full-forwarded-for']
  const headers: readonly (readonly [Token, Token])[] = [
    [nginx`Host`, host],
    [nginx`X-Request-ID`, nginx`$req_id`],
    [nginx`X-Real-IP`, client],
    [nginx`X-Forwarded-For`, full ? nginx`$full_x_forwarded_for` : client],
    [nginx`X-Forwarded-Host`, host],
    [nginx`X-Forwarded-Port`, port],
    [nginx`X-Forwarded-Proto`, scheme],
    [nginx`X-Forwarded-Scheme`, scheme],
    [nginx`X-Scheme`, scheme],
    [nginx`X-Original-Forwarded-For`, nginx`$${forwardedForVariable(settings)}`],
    [nginx`X-Original-Forwarded-Host`, nginx`$http_x_forwarded_host`],
    // a CGI program would take it for its proxy setting (httpoxy)
    [nginx`Proxy`, literal('')],
    ...(settings['use-forwarded-headers'] ? identities : [...identities, ...claims]).map(
      (header): readonly [Token, Token] => [header, literal('')],
    ),
  ]
  const upgrade: readonly (readonly [Token, Token])[] =
    kind === 'proxy_set_header'
      ? [
          [nginx`Upgrade`, nginx`$http_upgrade`],
          [nginx`Connection`, nginx`$connection_upgrade`],
        ]
      : []
  return [...headers, ...upgrade].map(([header, value]) => directive(kind, header, value))
}
