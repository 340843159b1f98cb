import { block, directive, entry } from '../model/directive.ts'
import type { Directive } from '../model/directive.ts'
import type { Origin } from '../model/origin.ts'
import { shortHash } from '../model/short-hash.ts'
import { literal, nginx, pattern, word } from '../model/token.ts'
import type { Token, Word } from '../model/token.ts'
import type { Contribution, Header } from './contribution.ts'
import { corsHeaders, corsMethods, corsOrigins } from './cors-values.ts'
import type { AllowedOrigin } from './cors-values.ts'
import { feature, field } from './feature.ts'
import { boolean, numberToken } from './values.ts'

const beside = { 'enable-cors': 'true' }

export const cors = feature(
  'cors',
  {
    'enable-cors': field({
      summary:
        'Answers CORS preflights (204) and adds CORS headers to every response, errors included; those of the endpoint are replaced. Preflights need no credentials and are not redirected.',
      value: boolean,
      accepts: ['true', 'false'],
      rejects: ['yes', ''],
    }),
    'cors-allow-origin': field({
      summary:
        'Comma-separated origins that may read responses: `https://shop.example.com:8443`, `https://*.example.com` for one label, `null`, or `*`. To others no CORS header is sent, and their OPTIONS goes to the endpoint.',
      value: corsOrigins,
      accepts: [
        'https://shop.example.com',
        '*',
        'https://*.example.com:8443, http://a.test',
        'null',
      ],
      rejects: ['shop.example.com', 'https://a;b', 'https://*', '$host', ''],
      beside,
    }),
    'cors-allow-methods': field({
      summary: 'Access-Control-Allow-Methods.',
      value: corsMethods,
      accepts: ['GET, OPTIONS', 'PUT,POST', 'GET,\nPUT,'],
      rejects: ['GET;', 'G-T', '"GET"', ''],
      beside,
    }),
    'cors-allow-headers': field({
      summary: 'Access-Control-Allow-Headers.',
      value: corsHeaders,
      accepts: ['X-Token, Content-Type', 'x_y', 'X-Token,\nContent-Type,'],
      rejects: ['X;Y', 'a:b', ''],
      beside,
    }),
    'cors-expose-headers': field({
      summary: 'Access-Control-Expose-Headers; none where there is none.',
      value: corsHeaders,
      accepts: ['X-Total, X-Page', '*'],
      rejects: ['X;Y', 'a:b', ''],
      beside,
    }),
    'cors-allow-credentials': field({
      summary: 'Whether Access-Control-Allow-Credentials is sent.',
      value: boolean,
      accepts: ['false', 'true'],
      rejects: ['yes', ''],
      beside,
    }),
    'cors-max-age': field({
      summary: 'Access-Control-Max-Age, in seconds: how long a browser remembers a preflight.',
      value: numberToken(0, 2_147_483_647),
      accepts: ['600', '0'],
      rejects: ['-1', '10m', ''],
      beside,
    }),
  },
  (given, { from, warn }): Contribution | undefined => {
    if (given['enable-cors'] !== true) return undefined
    const origins = given['cors-allow-origin'] ?? { allowed: 'everybody', invalid: [] }
    for (const one of origins.invalid)
      warn('cors-allow-origin', {
        code: 'annotation-invalid',
        problem: `expected an origin such as "https://shop.example.com", got ${one}`,
        instead: 'it is left out',
      })
    const headers: readonly Header[] = [
      ...(given['cors-allow-credentials'] === false
        ? []
        : [
            header(
              nginx`Access-Control-Allow-Credentials`,
              nginx`true`,
              from('cors-allow-credentials'),
            ),
          ]),
      header(
        nginx`Access-Control-Allow-Methods`,
        given['cors-allow-methods'] ?? defaultMethods,
        from('cors-allow-methods'),
      ),
      header(
        nginx`Access-Control-Allow-Headers`,
        given['cors-allow-headers'] ?? defaultHeaders,
        from('cors-allow-headers'),
      ),
      ...(given['cors-expose-headers'] === undefined
        ? []
        : [
            header(
              nginx`Access-Control-Expose-Headers`,
              given['cors-expose-headers'],
              from('cors-expose-headers'),
            ),
          ]),
      header(
        nginx`Access-Control-Max-Age`,
        given['cors-max-age'] ?? nginx`1728000`,
        from('cors-max-age'),
      ),
    ]
    return origins.allowed === 'everybody'
      ? toEverybody(headers, from('enable-cors'))
      : toOrigins(origins.allowed, headers, from('enable-cors'), from('cors-allow-origin'))
  },
)

const defaultMethods = literal('GET, PUT, POST, DELETE, PATCH, OPTIONS')
const defaultHeaders = literal(
  'DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization',
)

const header = (name: Word, value: Token, origin: Origin): Header => ({ name, value, origin })

const allowOrigin = nginx`Access-Control-Allow-Origin`

const replaced = [
  allowOrigin,
  nginx`Access-Control-Allow-Credentials`,
  nginx`Access-Control-Allow-Methods`,
  nginx`Access-Control-Allow-Headers`,
  nginx`Access-Control-Expose-Headers`,
  nginx`Access-Control-Max-Age`,
]

/** The endpoint's own are replaced. */
const hidden = (origin: Origin): readonly Omit<Header, 'value'>[] =>
  replaced.map((name) => ({ name, origin }))

const preflight = (condition: readonly Token[], origin: Origin): Directive =>
  block('if', condition, [{ ...directive('return', nginx`204`), origin }])

function toEverybody(headers: readonly Header[], origin: Origin): Contribution {
  return {
    location: {
      preflight: [preflight([nginx`($request_method`, nginx`=`, nginx`OPTIONS)`], origin)],
    },
    responseHeaders: [header(allowOrigin, nginx`*`, origin), ...headers],
    hidden: hidden(origin),
  }
}

/**
 * The location sets `$cors` to the origin if it is allowed. nginx leaves out a header whose value is empty:
 * so each is a map of `$cors`, one for all locations that say the same.
 */
function toOrigins(
  allowed: readonly AllowedOrigin[],
  headers: readonly Header[],
  origin: Origin,
  listOrigin: Origin,
): Contribution {
  const list = word(`cors_${shortHash(allowed.map(({ text }) => text).join(' '))}`)
  const conditional = headers.map((each) => ({ each, map: mapOf(each) }))
  return {
    http: new Map([
      [list, listMap(list, allowed)],
      ['cors', unset],
      ['cors_preflight', preflightMap],
      ...conditional.map(({ map }) => [map.name, map.directive] as const),
    ]),
    location: {
      preflight: [
        { ...directive('set', nginx`$cors`, nginx`$${list}`), origin: listOrigin },
        preflight([nginx`($cors_preflight)`], origin),
      ],
    },
    responseHeaders: [
      header(allowOrigin, nginx`$cors`, listOrigin),
      ...conditional.map(({ each, map }) =>
        header(each.name, nginx`$${map.name}`, each.origin ?? origin),
      ),
      // the answer is another for other origins, which a cache must know
      header(nginx`Vary`, nginx`Origin`, listOrigin),
    ],
    hidden: hidden(origin),
  }
}

const listMap = (list: Word, allowed: readonly AllowedOrigin[]): Directive => ({
  ...block(
    'map',
    [nginx`$http_origin`, nginx`$${list}`],
    [
      entry(nginx`default`, literal('')),
      ...allowed.map(({ key }) => entry(key, nginx`$http_origin`)),
    ],
  ),
  because: nginx`cors-allow-origin`,
})

/** nginx refuses a variable that no location sets, as where all paths of the Ingress are those of another one. */
const unset: Directive = {
  ...block('map', [literal(''), nginx`$cors`], [entry(nginx`default`, literal(''))]),
  because: nginx`enable-cors`,
}

const preflightMap: Directive = {
  ...block(
    'map',
    [nginx`"$request_method $cors"`, nginx`$cors_preflight`],
    [entry(nginx`default`, literal('')), entry(pattern('~^OPTIONS .'), nginx`1`)],
  ),
  because: nginx`enable-cors`,
}

/** Most Ingresses leave the headers as they are: what is made for one serves the next. */
const maps = new Map<string, { readonly name: Word; readonly directive: Directive }>()
const mostMaps = 1_000

function mapOf({ name: called, value }: Header): {
  readonly name: Word
  readonly directive: Directive
} {
  const text = `${called} ${value}`
  const known = maps.get(text)
  if (known !== undefined) return known
  const name = word(`cors_${shortHash(text)}`)
  const lines = [entry(literal(''), literal('')), entry(nginx`default`, value)]
  const map = block('map', [nginx`$cors`, nginx`$${name}`], lines)
  const made = { name, directive: { ...map, because: nginx`enable-cors` } }
  if (maps.size < mostMaps) maps.set(text, made)
  return made
}
