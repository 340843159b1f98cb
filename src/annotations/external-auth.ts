import { directive } from '../model/directive.ts'
import type { Directive } from '../model/directive.ts'
import { shortHash } from '../model/short-hash.ts'
import { literal, nginx, number, word } from '../model/token.ts'
import type { Token, Word } from '../model/token.ts'
import { dns1123Subdomain } from '../objects/meta.ts'
import { cookieHeaders, cookieMaps, takeCookies } from './auth-cookies.ts'
import {
  copiedHeaders,
  headersBehindAuth,
  headersWithoutAuth,
  headersOfSubrequest,
} from './auth-headers.ts'
import { authUrl, parameterName, signinRedirect, signinUrl, urlText } from './auth-urls.ts'
import type { AuthUrl } from './auth-urls.ts'
import type { Contribution, Header, Internal } from './contribution.ts'
import { escapedRequestUri, escapedUriMaps } from './escaped-uri.ts'
import { feature, field } from './feature.ts'
import type { About, Given } from './feature.ts'
import type { Reachable } from './look.ts'
import { reportUnused } from './unused.ts'
import { boolean, oneOf } from './values.ts'

const beside = { 'auth-url': 'http://auth.example.com/check' }
const methods = [
  ...(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const),
  ...(['CONNECT', 'OPTIONS', 'TRACE'] as const),
]

const fields = {
  'auth-url': field({
    summary:
      'Asks a server for each request whether it may pass: an answer of 2xx lets it, 401 and 403 are the answer for the client, any other is 500. The server sees the headers of the request, X-Original-URL and X-Original-Method, and no body; HTTPS does not verify its certificate. Its cookies go to the client. `$host` stands for the hosts of the rules, which must not be wildcards then.',
    value: authUrl,
    accepts: [
      'http://auth.example.com/check?uri=$request_uri',
      'https://$host/oauth2/auth',
      'https://AUTH.example.com:8443',
      'http://auth.prod.svc.cluster.local$request_uri',
      'http://192.0.2.1/a?b=${cookie_c}d&e=$http_X_Token',
      'http://[2001:db8::1]:8080/',
    ],
    rejects: [
      'auth.example.com/check',
      '/check',
      'ftp://auth.example.com/',
      'http://auth.example.com/$uri',
      'http://auth.example.com/$nonsense',
      'http://auth.example.com/?a=$arg_a',
      'http://auth.example.com/a;b',
      'http://auth.example.com/a b',
      'http://$arg_host/check',
      'http://$host.evil.example.com/',
      'http://auth$host/',
      'http://user@auth.example.com/',
      'http://a..b/',
      'http://auth.example.com:99999/',
      'http://[::1/',
      '$scheme://auth.example.com/',
      '',
    ],
    onInvalid: 'deny',
  }),
  'auth-method': field({
    summary:
      'Method of the question to `auth-url`, GET where there is none. With it the server also sees X-Original-URI and X-Scheme.',
    value: oneOf(methods),
    accepts: ['POST', 'HEAD'],
    rejects: ['post', 'GET;', 'FETCH', ''],
    onInvalid: 'deny',
    beside,
  }),
  'auth-signin': field({
    summary:
      'Where a client is sent (302) instead of 401, with the URL that he asked for behind `?rd=`, escaped. `$escaped_request_uri` has the URI of the request; one with more than 35 of `&`, `+`, `;` or `#`, or 125 of `%`, is cut there.',
    value: signinUrl,
    accepts: [
      'https://login.example.com/start',
      'https://$host/oauth2/start?rd=$escaped_request_uri',
      '$scheme://$best_http_host/oauth2/start?a=b',
      '/login',
      'https://login.example.com:8443?rd=https://$http_host$request_uri&next=$arg_next',
    ],
    rejects: [
      'login.example.com',
      '//evil.example.com/',
      'ftp://login.example.com/',
      'https://login.example.com/$uri',
      'https://login.example.com/a"b',
      'https://$arg_next/',
      'javascript:alert(1)',
      '',
    ],
    beside,
  }),
  'auth-signin-redirect-param': field({
    summary: 'Parameter of `auth-signin` in which the URL stands; `rd` where there is none.',
    value: parameterName,
    accepts: ['return_to', 'next'],
    rejects: ['a=b', 'a&b', 'a b', '$host', ''],
    beside: { ...beside, 'auth-signin': 'https://login.example.com/start' },
  }),
  'auth-response-headers': field({
    summary:
      "Headers of the server's answer that the endpoints get, instead of those of the client; one that is not in the answer is not there at all.",
    value: copiedHeaders,
    accepts: ['X-Auth-Request-User, Authorization', 'x_user'],
    rejects: ['X-User;', 'X User', 'a"b', 'Content-Length', 'X-User, Host', ',', ''],
    onInvalid: 'deny',
    beside,
  }),
  'auth-request-redirect': field({
    summary: 'X-Auth-Request-Redirect for the server, the URI of the request where there is none.',
    value: urlText,
    accepts: ['https://shop.example.com/', 'https://$host$request_uri'],
    rejects: ['a b', 'a;b', '$uri', 'a"b', ''],
    onInvalid: 'deny',
    beside,
  }),
  'auth-always-set-cookie': field({
    summary:
      "Whether the client gets the server's cookies with errors, too, and not with successes and redirects alone.",
    value: boolean,
    accepts: ['true', 'false'],
    rejects: ['yes', ''],
    onInvalid: 'deny',
    beside,
  }),
}

type Name = keyof typeof fields
type Values = Given<typeof fields>
type Around = About<Name>

export const externalAuth = feature(
  'external-auth',
  fields,
  (given, about): Contribution | undefined => {
    const { 'auth-url': url, 'auth-signin': signin } = given
    if (url === undefined)
      return reportUnused(given, 'auth-url', 'nobody is asked who he is', about)
    const servers = serversOf(url, about)
    if ('problem' in servers) return about.deny('auth-url', servers)

    const origin = about.from('auth-url')
    const id = word(shortHash(`${about.namespace}/${about.name}`))
    const questions = servers.map((server) => questionTo(server, url, id, given, about))
    const signins = signin === undefined ? [] : [signinOf(signin, id, given, about)]
    const copies = (given['auth-response-headers'] ?? []).map((name, i) =>
      copyOf(name, nginx`$auth_header_${number(i + 1)}`, about),
    )
    const copied = copies.map(({ header }) => header)
    const asking = [directive('auth_request', nginx`auth_${id}`), takeCookies]
    const internal = [...questions, ...signins.map(({ location }) => location)]
    return {
      http: internal.some(isEscaped) ? cookieAndUriMaps : cookieMaps,
      location: {
        access: [
          ...asking.map((line) => ({ ...line, origin })),
          ...copies.map(({ line }) => line),
          ...signins.map(({ line }) => line),
        ],
      },
      internal,
      requestHeaders: headersBehindAuth(copied, origin),
      responseHeaders: cookieHeaders(given['auth-always-set-cookie'] ?? false, origin),
      except: about.exempt,
      instead: { requestHeaders: headersWithoutAuth(copied, origin) },
    }
  },
)

/** One object for all Ingresses, which costs less to put together. */
const cookieAndUriMaps = new Map([...cookieMaps, ...escapedUriMaps])

interface Server {
  /** The host that it is asked for; undefined for all of the Ingress. */
  readonly of: string | undefined
  /** The Host header for it. */
  readonly host: Token
  readonly target: Reachable
}

/**
 * Whom to ask. The host that the client asked for is one of those of the rules: nginx could look any other
 * name up, and the client would choose what it connects to.
 */
function serversOf(url: AuthUrl, { hosts, look }: Around): readonly Server[] | Problem {
  if (url.host === undefined && (hosts.length === 0 || hosts.some((host) => /^$|^\*/.test(host))))
    return {
      code: 'annotation-invalid',
      problem:
        '$host may be any name where a rule has a wildcard or no host; expected the name of a server',
    }
  // one that is no name is not served
  const own = hosts.filter((host) => dns1123Subdomain.test(host))
  const wanted =
    url.host === undefined
      ? own.map((host) => ({ of: host, host }))
      : [{ of: undefined, host: url.host }]
  const servers: Server[] = []
  for (const { of, host } of wanted) {
    const { target, problem } = look.upstream({ kind: 'url', host, port: url.port })
    if (target.kind === 'unavailable')
      return problem ?? { code: 'annotation-invalid', problem: 'the URL leads nowhere' }
    servers.push({ of, host: literal(host.includes(':') ? `[${host}]` : host), target })
  }
  return servers
}

type Problem = Parameters<Around['deny']>[1]

/** The location that asks `server`. */
function questionTo(
  { of, host, target }: Server,
  { protocol, behind }: AuthUrl,
  id: Word,
  given: Values,
  { request, from }: Around,
): Internal {
  const method = given['auth-method']
  const origin = from('auth-url')
  const redirect = given['auth-request-redirect']?.(request) ?? nginx`$request_uri`
  const directives: readonly Directive[] = [
    directive('proxy_pass_request_body', nginx`off`),
    // that of the request was looked at already, and its length is known here, too
    directive('client_max_body_size', nginx`0`),
    ...(method === undefined
      ? []
      : [{ ...directive('proxy_method', word(method)), origin: from('auth-method') }]),
    ...(protocol === 'HTTPS'
      ? [directive('proxy_ssl_server_name', nginx`on`), directive('proxy_ssl_name', host)]
      : []),
  ]
  return {
    kind: 'subrequest',
    name: nginx`auth_${id}`,
    ...(of === undefined ? {} : { host: of }),
    origin,
    answer: { kind: 'pass', target, protocol, url: (base) => behind(base, request) },
    directives,
    requestHeaders: headersOfSubrequest(host, request, redirect, method !== undefined, origin),
    // long headers of the answer need room
    alike: ['proxy_buffer_size', 'proxy_buffers', 'proxy_busy_buffers_size'],
  }
}

/** The location that sends a client to sign in, and the line that leads there. */
function signinOf(
  url: string,
  id: Word,
  given: Values,
  { request, from }: Around,
): { readonly line: Directive; readonly location: Internal } {
  const origin = from('auth-signin')
  const { scheme, host } = request
  const parameter = given['auth-signin-redirect-param'] ?? 'rd'
  const back = nginx`${scheme}://${host}${escapedRequestUri}`
  const to = signinRedirect(url, parameter, back, request)
  const name = nginx`signin_${id}`
  return {
    line: { ...directive('error_page', nginx`401`, nginx`=`, nginx`@${name}`), origin },
    location: {
      kind: 'named',
      name,
      origin,
      answer: { kind: 'return', code: 302, text: to },
      directives: [],
    },
  }
}

/** The line that keeps a header of the answer, and the header for the endpoints. */
function copyOf(
  name: Word,
  variable: Word,
  { from }: Around,
): { readonly line: Directive; readonly header: Header } {
  const origin = from('auth-response-headers')
  const answered = nginx`$upstream_http_${word(name.toLowerCase().replaceAll('-', '_'))}`
  return {
    line: { ...directive('auth_request_set', variable, answered), origin },
    header: { name, value: variable, origin },
  }
}

const isEscaped = ({ answer, requestHeaders = [] }: Internal): boolean =>
  [
    answer.kind === 'pass' ? answer.url(nginx`http://x`) : answer.text,
    ...requestHeaders.map(({ value }) => value),
  ].some((token) => token.includes('escaped_request_uri'))
