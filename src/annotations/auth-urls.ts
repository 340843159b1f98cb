import ipaddr from 'ipaddr.js'
import { template } from '../model/token.ts'
import type { Token, Word } from '../model/token.ts'
import { dns1123Subdomain } from '../objects/meta.ts'
import type { Request } from './feature.ts'
import type { Value } from './values.ts'
import { anyOf, isOfFamily, isOneOf, replaced, variablesIn, withoutBraces } from './variables.ts'
import type { IsKnown } from './variables.ts'

// URLs of external authentication. Behind the host there may be variables: those of the request that are
// still encoded as the client sent them, so that none can hold the end of a line.

/** Those of ingress-nginx that nginx does not have. */
const isOurs = isOneOf('best_http_host pass_access_scheme')
const inQuestions = anyOf(
  isOneOf(
    'request_uri escaped_request_uri request_method request_id scheme ' +
      'host server_name server_port remote_addr',
  ),
  isOurs,
  isOfFamily('http', 'cookie'),
)
/** A question to the server is a request of its own, which has no arguments: there they would be empty. */
const inRedirects = anyOf(inQuestions, isOneOf('args query_string is_args'), isOfFamily('arg'))

/** Characters of paths and queries. */
const behindHost = /^(?:[-A-Za-z0-9._~/:,?&=+@!*]|%[0-9A-Fa-f]{2})*$/
const longest = 1000

const isBehindHost = (text: string, isKnown: IsKnown): boolean =>
  isShort(text) && behindHost.test(replaced(text, () => '-')) && variablesIn(text).every(isKnown)

/** Also once it has what stands for the variables of ingress-nginx (`Asked`), which is longer. */
const isShort = (text: string): boolean =>
  text.length <= longest &&
  replaced(text, (name, whole) => (isOurs(name) ? '-'.repeat(longestAsked) : whole)).length <=
    longest

const longestAsked = 60

/** `text` with variables; those of ingress-nginx that nginx does not have are what stands for them here. */
function tokenOf(text: string, { scheme, host }: Asked): Token {
  const asked = new Map([
    ['best_http_host', host],
    ['pass_access_scheme', scheme],
  ])
  const known = replaced(text, (name, whole) =>
    (asked.get(name) ?? whole).replaceAll(/\$(\w+)/g, '${$1}'),
  )
  return template(withoutBraces(known), () => true)
}

type Asked = Pick<Request, 'scheme' | 'host'>

/** What stands for the host that the client asked for. */
const ownHosts = ['$host', '$http_host', '$best_http_host', '$server_name']

/** A server that is asked whether a request may pass. */
export interface AuthUrl {
  readonly protocol: 'HTTP' | 'HTTPS'
  /** In lower case, an IPv6 address without brackets; undefined for the host that the client asked for. */
  readonly host: string | undefined
  readonly port: number
  /** The whole URL, with `base` for its scheme and host. */
  readonly behind: (base: Word, asked: Asked) => Token
}

export const authUrl: Value<AuthUrl> = {
  expected:
    'an http or https URL such as "http://auth.example.com/check?uri=$request_uri", with variables of the request behind the host alone, or $host for it',
  parse: (text) => {
    const [, scheme, given = '', digits, rest = ''] =
      /^(https?):\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]|\$\w+|\$\{\w+\})(?::([0-9]{1,5}))?((?:[/?]|\$request_uri|\$\{request_uri\}).*)?$/.exec(
        text,
      ) ?? []
    if (scheme === undefined || !isBehindHost(rest, inQuestions)) return undefined
    const port = digits === undefined ? { http: 80, https: 443 }[scheme] : Number(digits)
    const host = hostOf(given)
    if (host === undefined || port === undefined || port < 1 || port > 65_535) return undefined
    const path = /^[/$]/.test(rest) ? rest : `/${rest}`
    return {
      protocol: scheme === 'https' ? 'HTTPS' : 'HTTP',
      host: host.name,
      port,
      behind: (base, asked) => tokenOf(`${base}${path}`, asked),
    }
  },
}

function hostOf(text: string): { readonly name: string | undefined } | undefined {
  if (text.startsWith('$'))
    return ownHosts.includes(withoutBraces(text)) ? { name: undefined } : undefined
  const name = text.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  if (text.startsWith('[')) return ipaddr.IPv6.isValid(name) ? { name } : undefined
  return dns1123Subdomain.test(name) ? { name } : undefined
}

const toHost =
  /^(?:https?|\$scheme|\$pass_access_scheme):\/\/(?:[A-Za-z0-9.-]|\$host|\$http_host|\$best_http_host|\$server_name)+(?::[0-9]{1,5})?/

/** Where a client is sent to sign in: a URL, or a path of the host that he asked for. */
export const signinUrl: Value<string> = {
  expected:
    'a URL such as "https://auth.example.com/start" or "https://$host/start?rd=$escaped_request_uri", with variables of the request',
  parse: (text) => {
    const url = withoutBraces(text)
    const [base = ''] = toHost.exec(url) ?? []
    const rest = url.slice(base.length)
    const isUrl = base !== '' && (rest === '' || /^[/?]|^\$request_uri/.test(rest))
    const isOne = isUrl || /^\/(?!\/)/.test(url)
    return isOne && isBehindHost(rest, inRedirects) && isShort(url) ? url : undefined
  },
}

/** `url`, and behind it `back` as the value of `parameter`, unless it has a value there already. */
export function signinRedirect(url: string, parameter: string, back: Word, asked: Asked): Token {
  const whole = url.startsWith('/') ? `${asked.scheme}://${asked.host}${url}` : url
  const [, query] = url.split('?')
  const parameters = (query ?? '').split('&').map((one) => one.split('='))
  if (parameters.some(([name, value = '']) => name === parameter && value !== ''))
    return tokenOf(whole, asked)
  const separator = query === undefined ? '?' : /^$|&$/.test(query) ? '' : '&'
  return tokenOf(`${whole}${separator}${parameter}=${back}`, asked)
}

/** Text of a URL for the server, with variables of the request. */
export const urlText: Value<(asked: Asked) => Token> = {
  expected: 'text of a URL such as "https://shop.example.com/$request_uri"',
  parse: (text) =>
    text !== '' && isBehindHost(text, inQuestions) ? (asked) => tokenOf(text, asked) : undefined,
}

/** The name of a parameter of a query. */
export const parameterName: Value<string> = {
  expected: 'a name such as "rd", of letters, digits and - . _ ~',
  parse: (text) => (/^[-A-Za-z0-9._~]{1,64}$/.test(text) ? text : undefined),
}
