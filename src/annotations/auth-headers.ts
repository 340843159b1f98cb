import { claims } from '../model/claims.ts'
import type { Origin } from '../model/origin.ts'
import { literal, nginx, word } from '../model/token.ts'
import type { Token, Word } from '../model/token.ts'
import type { Header } from './contribution.ts'
import type { Request } from './feature.ts'
import { itemsOf } from './values.ts'
import type { Value } from './values.ts'

const aboutRequest = [nginx`X-Original-URI`, nginx`X-Original-URL`, nginx`X-Original-Method`]

/** What the server says of a request, and what nginx tells it: no client may say that, nor a proxy in front. */
const ofServer = [...aboutRequest, nginx`X-Auth-Request-Redirect`, ...claims.ofUsers]

/** What else the server must not hear from anybody else, who could speak of another request. */
const forwarded = [
  ...claims.ofProxies.filter((name) => !aboutRequest.some((one) => one === name)),
  nginx`X-Forwarded-Host`,
  nginx`X-Forwarded-Port`,
  nginx`X-Forwarded-Proto`,
  nginx`X-Forwarded-Scheme`,
  nginx`X-Original-Forwarded-For`,
  nginx`X-Original-Forwarded-Host`,
  nginx`X-Scheme`,
  nginx`Content-Length`,
  nginx`Upgrade`,
  nginx`Connection`,
]

const none = literal('')

/** They say where a request ends and how it travels, which is between nginx and the endpoint. */
const ofTheConnection = new Set(
  [
    ['connection', 'content-length', 'expect', 'host', 'keep-alive', 'proxy-connection', 'te'],
    ['trailer', 'transfer-encoding', 'upgrade'],
  ].flat(),
)
const mostCopied = 50
/** For gRPC nginx has no room for more, and nothing to make it: it refuses everything then. */
const longestCopied = 46

/** Headers of the answer of the server that the endpoints are told. */
export const copiedHeaders: Value<readonly Word[]> = {
  expected: `at most ${mostCopied} comma-separated header names such as "X-Auth-Request-User, Authorization", of at most ${longestCopied} characters, without Host and those of the connection`,
  parse: (text) => {
    const names = itemsOf(text)
    const isEachValid = names.every(
      (name) =>
        /^[A-Za-z0-9_-]+$/.test(name) &&
        name.length <= longestCopied &&
        !ofTheConnection.has(name.toLowerCase()),
    )
    if (names.length === 0 || names.length > mostCopied || !isEachValid) return undefined
    return [...new Map(names.map((name) => [name.toLowerCase(), word(name)])).values()]
  },
}

/** What endpoints are told: the `copied` headers, each with its value, and no claim of a client. */
export function headersBehindAuth(copied: readonly Header[], origin: Origin): readonly Header[] {
  const isCopied = new Set(copied.map(({ name }) => name.toLowerCase()))
  return [
    ...[...ofServer, ...copied.flatMap(dashed)]
      .filter((name) => !isCopied.has(name.toLowerCase()))
      .map((name) => ({ name, value: none, origin })),
    ...copied,
  ]
}

/** As `headersBehindAuth` where nobody is asked, so that none of `copied` has a value. Credentials stay: endpoints check them. */
export const headersWithoutAuth = (copied: readonly Header[], origin: Origin): readonly Header[] =>
  headersBehindAuth(
    copied
      .filter(({ name }) => name.toLowerCase() !== 'authorization')
      .map((header) => ({ ...header, value: none })),
    origin,
  )

/** To an endpoint that reads headers from its environment, `X-User` and `x_user` are the same. */
const dashed = ({ name }: Header): readonly Word[] =>
  name.includes('_') ? [word(name.replaceAll('_', '-'))] : []

/** What the server is told beside what every endpoint is: nginx's own words, and none of a client in their place. */
export function headersOfSubrequest(
  host: Token,
  { scheme, host: asked }: Request,
  redirect: Token,
  isMethodGiven: boolean,
  origin: Origin,
): readonly Header[] {
  const told: readonly (readonly [Word, Token])[] = [
    [nginx`Host`, host],
    [nginx`X-Original-URL`, nginx`${scheme}://${asked}$request_uri`],
    [nginx`X-Original-Method`, nginx`$request_method`],
    [nginx`X-Auth-Request-Redirect`, redirect],
    [nginx`X-Sent-From`, nginx`nginx-ingress-controller`],
    ...(isMethodGiven
      ? ([
          [nginx`X-Original-URI`, nginx`$request_uri`],
          [nginx`X-Scheme`, scheme],
        ] as const)
      : []),
  ]
  const cleared = [...ofServer, ...forwarded].filter((name) => !told.some(([one]) => one === name))
  return [...told, ...cleared.map((name) => [name, none] as const)].map(([name, value]) => ({
    name,
    value,
    origin,
  }))
}
