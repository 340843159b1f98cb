import type { SecretFile } from '../../model/config.ts'
import { block, directive, entry } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { literal, nginx, pattern, template, word } from '../../model/token.ts'
import type { Token } from '../../model/token.ts'
import { directivesOf } from '../../settings/settings.ts'
import type { Context } from '../context.ts'

/**
 * The one TLS context: nginx takes it from the default server, and the certificate from a map by SNI.
 *
 * A certificate is two entries of the cache, itself and its key. Where there are more than `max`, asked
 * in turn, none is found again; what nobody asks for leaves by itself.
 */
export function tlsContext({ settings, options }: Context): readonly Directive[] {
  const file = template(`${options.stateDir}/tls/$tls_certificate.pem`, isTheCertificate)
  return [
    directive('ssl_certificate', file),
    directive('ssl_certificate_key', file),
    ...(options.abilities.sslCertificateCache
      ? [directive('ssl_certificate_cache', nginx`max=20000`, nginx`inactive=10m`, nginx`valid=1h`)]
      : []),
    ...directivesOf(settings, 'tls'),
    directive('ssl_session_cache', nginx`shared:SSL:10m`),
    directive('ssl_session_timeout', nginx`10m`),
    directive('ssl_session_tickets', nginx`off`),
    directive('ssl_buffer_size', nginx`4k`),
  ]
}

const isTheCertificate = (variable: string): boolean => variable === 'tls_certificate'

/**
 * From the name that a client asks for to the digest of a certificate: the exact name, then its
 * wildcard, then the default. `hostnames` has nginx leave out a dot at the end of the name.
 */
export function certificateMaps(
  certificates: ReadonlyMap<string, SecretFile>,
  fallback: SecretFile | undefined,
): readonly Directive[] {
  const standard = fallback === undefined ? nginx`fallback` : word(fallback.digest)
  const entries = [...certificates].map(([host, { digest }]) => ({
    host,
    line: entry(keyOf(host), word(digest)),
  }))
  const wildcards = entries.filter(isWildcard).map(({ line }) => line)
  const exact = entries.filter((one) => !isWildcard(one)).map(({ line }) => line)
  const standardLine = entry(
    nginx`default`,
    wildcards.length === 0 ? standard : nginx`$wildcard_certificate`,
  )
  const byWildcard =
    wildcards.length === 0
      ? []
      : [
          block(
            'map',
            [nginx`$ssl_server_name`, nginx`$sni_wildcard`],
            [
              entry(nginx`hostnames`),
              entry(nginx`default`, literal('')),
              entry(pattern('~^[^.]+(?<sni_parent>\\..+)$'), nginx`*$sni_parent`),
            ],
          ),
          block(
            'map',
            [nginx`$sni_wildcard`, nginx`$wildcard_certificate`],
            [entry(nginx`default`, standard), ...wildcards],
          ),
        ]
  return [
    ...byWildcard,
    block(
      'map',
      [nginx`$ssl_server_name`, nginx`$tls_certificate`],
      [entry(nginx`hostnames`), standardLine, ...exact],
    ),
  ]
}

/** What a map takes for one of its own parameters has a backslash before it. */
const keyOf = (host: string): Token =>
  literal(['default', 'hostnames', 'include', 'volatile'].includes(host) ? `\\${host}` : host)

const isWildcard = ({ host }: { readonly host: string }): boolean => host.startsWith('*.')
