import { block, directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { literal, nginx, pattern, word } from '../../model/token.ts'
import { askedBy } from '../../settings/origins.ts'
import type { Context } from '../context.ts'
import { empty, map, otherwise } from './map.ts'
import { schemeOf } from './request.ts'

/** How clients are brought to HTTPS, and kept there. */

type Settings = Context['settings']

/** Sends a request to the same host without its port, and to the same URI without one slash at its end. */
export function redirectToHttps(settings: Settings): Directive {
  const code = word(settings['http-redirect-code'])
  const host = settings['use-forwarded-headers'] ? nginx`$redirect_host` : nginx`$host`
  const line = directive('return', code, nginx`https://${host}$redirect_uri`)
  return askedBy(settings, ['http-redirect-code'], [line])[0] ?? line
}

/** Does so with a request over plain HTTP. */
export function redirectPlainHttp(settings: Settings): Directive {
  // X-Forwarded-Proto comes in any case
  const isHttp = settings['use-forwarded-headers']
    ? [nginx`~*`, nginx`^http$)`]
    : [nginx`=`, nginx`http)`]
  const condition = [nginx`(${schemeOf(settings)}`, ...isHttp]
  return block('if', condition, [redirectToHttps(settings)])
}

/** The variables that the redirect needs. */
export function redirectMaps(settings: Settings): readonly Directive[] {
  const uri = map(nginx`$request_uri`, nginx`$redirect_uri`, [
    [otherwise, nginx`$request_uri`],
    [pattern('~^(?<uri_without_slash>.*)/$'), nginx`$uri_without_slash`],
  ])
  if (!settings['use-forwarded-headers']) return [uri]
  const host = map(nginx`$http_x_forwarded_host`, nginx`$redirect_host`, [
    [otherwise, nginx`$host`],
    [pattern('~^\\s*(?<redirected_host>[A-Za-z0-9._-]+)'), nginx`$redirected_host`],
  ])
  return [uri, ...askedBy(settings, ['use-forwarded-headers'], [host])]
}

/** The value of Strict-Transport-Security: none on plain HTTP. */
export function hstsMap(settings: Settings): readonly Directive[] {
  if (!settings.hsts) return []
  const parts = [`max-age=${settings['hsts-max-age']}`]
  if (settings['hsts-include-subdomains']) parts.push('includeSubDomains')
  if (settings['hsts-preload']) parts.push('preload')
  const value = map(nginx`$https`, nginx`$hsts`, [
    [otherwise, empty],
    [nginx`on`, literal(parts.join('; '))],
  ])
  return askedBy(settings, ['hsts-max-age', 'hsts-include-subdomains', 'hsts-preload'], [value])
}
