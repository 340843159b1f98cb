import type { Origin } from '../model/origin.ts'
import { block, directive, entry } from '../model/directive.ts'
import type { Directive } from '../model/directive.ts'
import { literal, nginx, number, pattern } from '../model/token.ts'
import type { ResponseHeader } from './contribution.ts'

/**
 * nginx gives several Set-Cookie headers of an answer as one text with commas between them (before 1.23 only
 * the first), which no browser understands. So maps take it apart: a comma ends a cookie where the name of
 * another one follows, as none does within a date.
 */
const end = ', (?=[^\\s;,=]+=)'

/** Services that keep a session in cookies use two or three. */
const most = 4
const places = Array.from({ length: most }, (_, i) => i + 1)

/** Takes the cookies of the answer of a subrequest. */
export const takeCookies: Directive = directive(
  'auth_request_set',
  nginx`$auth_cookie`,
  nginx`$upstream_http_set_cookie`,
)

/** One for all Ingresses: it names the annotation, and no object. */
function asked(line: Directive): Directive {
  return { ...line, because: nginx`auth-url` }
}

/** Empty where nobody took them: nginx refuses a variable that no location sets. */
const taken = asked(
  block('map', [literal(''), nginx`$auth_cookie`], [entry(nginx`default`, literal(''))]),
)

function cookieMap(place: number): Directive {
  const found = `~^(?:.*?${end}){${place - 1}}(?<auth_cookie_text>.+?)(?:${end}.*)?$`
  return asked(
    block(
      'map',
      [nginx`$auth_cookie`, nginx`$auth_cookie_${number(place)}`],
      [entry(nginx`default`, literal('')), entry(pattern(found), nginx`$auth_cookie_text`)],
    ),
  )
}

/** By variable: the maps that give each of the cookies. */
export const cookieMaps: ReadonlyMap<string, Directive> = new Map([
  ['auth_cookie', taken],
  ...places.map((place) => [`auth_cookie_${place}`, cookieMap(place)] as const),
])

/** Gives the client the cookies that were taken, those that there are. */
export const cookieHeaders = (isAlways: boolean, origin: Origin): readonly ResponseHeader[] =>
  places.map((place) => ({
    name: nginx`Set-Cookie`,
    value: nginx`$auth_cookie_${number(place)}`,
    origin,
    isForSuccess: !isAlways,
    isOfAccess: true,
  }))
