import { preview } from '../../diagnostics.ts'
import { exact } from '../../exact.ts'
import { generation } from '../../model/config.ts'
import type { Location, Server } from '../../model/config.ts'
import { unavailableHost, unavailableTlsHost } from '../../model/loopback.ts'
import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { jointOrigin } from '../../model/origin.ts'
import type { Origin } from '../../model/origin.ts'
import { literal, name, nginx, number, pattern, word } from '../../model/token.ts'
import type { Token } from '../../model/token.ts'
import { saidOnce } from '../compose/said-once.ts'
import type { Context } from '../context.ts'
import { redirectPlainHttp, redirectToHttps } from '../http/https.ts'
import { schemeIsOfPort } from '../http/request.ts'
import { marked } from '../ingresses/marked.ts'
import { catchAll } from './hosts.ts'
import type { Host } from './hosts.ts'
import type { Plan, ToHttps } from './locations.ts'
import { internalLocations, serverAsked } from './host-features.ts'
import { escaped } from '../../model/path-regex.ts'
import { tlsContext } from '../tls/tls-context.ts'

const sluice: Origin = { kind: 'Sluice', namespace: '', name: 'built in' }

/** What servers have in common, each as one object for all of them. */
export interface ServerParts {
  readonly listens: readonly Directive[]
  readonly listensForHttp: readonly Directive[]
  readonly listensForTls: readonly Directive[]
  readonly listensOfDefault: readonly Directive[]
  readonly redirect: Directive
  readonly redirectOfHttp: Directive
}

export function serverParts(context: Context): ServerParts {
  const [listensForHttp, listensForTls] = [forHttp(context, []), forTls(context, [])]
  const isDefault = [nginx`default_server`]
  const redirect = redirectToHttps(context.settings)
  return {
    listens: [...listensForHttp, ...listensForTls],
    listensForHttp,
    listensForTls,
    listensOfDefault: [...forHttp(context, isDefault), ...forTls(context, isDefault)],
    redirect,
    redirectOfHttp: redirectPlainHttp(context.settings),
  }
}

/** The server of one host. */
export function serverOf(
  host: Host,
  plans: readonly Plan[],
  parts: ServerParts,
  context: Context,
): Server {
  const asked = serverAsked(host, context.report)
  const allRedirect =
    plans.length > 0 && plans.every((plan) => plan.toHttps !== undefined && !plan.hasPrecedence)
  const planned = plans.map(({ location, toHttps }) =>
    location(toHttps === undefined || allRedirect ? undefined : redirectBecause(parts, [toHttps])),
  )
  const isDefault = host.name === catchAll
  const health = healthCheck(context)
  const { directives, locations } = saidOnce([
    ...(isDefault
      ? [health, ...planned.filter((location) => !isTaken(location, health, host, context))]
      : planned),
    ...internalLocations(host, context),
  ])
  const isTlsOnly =
    allRedirect && asked.redirect === undefined && isExact(host) && schemeIsOfPort(context.settings)
  return {
    host: host.name,
    names: [serverName(host.name)],
    isDefault,
    takes: isTlsOnly ? 'tls' : 'both',
    origins: originsOf(host),
    listens: isDefault ? parts.listensOfDefault : isTlsOnly ? parts.listensForTls : parts.listens,
    directives: exact([
      ...(isDefault ? tlsContext(context) : []),
      ...(asked.redirect ?? []),
      ...(allRedirect && !isTlsOnly
        ? [
            redirectBecause(
              parts,
              plans.flatMap(({ toHttps }) => toHttps ?? []),
            ),
          ]
        : []),
      ...(asked.tuning ?? []),
      ...directives,
    ]),
    locations,
  }
}

/** Where one path redirects by default, so would the others: nothing stands behind the line. */
function redirectBecause(
  { redirectOfHttp }: ServerParts,
  redirects: readonly ToHttps[],
): Directive {
  const reasons = redirects.flatMap(({ because }) => because ?? [])
  if (reasons.length < redirects.length) return redirectOfHttp
  const byField = new Map(reasons.map((one) => [one.field, one]))
  const origin = jointOrigin([...byField.values()])
  return origin === undefined ? redirectOfHttp : marked(redirectOfHttp, origin)
}

function originsOf({ ingresses, canaries }: Host): readonly Origin[] {
  const all = [...ingresses, ...canaries]
  return all.length === 0 ? [sluice] : all.map(({ origin }) => origin)
}

/** The hosts among `servers` that take TLS only. */
export const tlsOnly = (servers: readonly Server[]): readonly Token[] =>
  servers.filter(({ takes }) => takes === 'tls').flatMap(({ names }) => names)

/**
 * Plain HTTP of all hosts that take TLS only. An `if` in the server of each would cost nginx as much
 * memory and time as a location.
 */
export const redirectServer = (names: readonly Token[], parts: ServerParts): Server => ({
  host: 'redirect to HTTPS',
  names,
  isDefault: false,
  origins: [{ ...sluice, name: 'redirect to HTTPS' }],
  takes: 'http',
  listens: parts.listensForHttp,
  directives: [parts.redirect],
  locations: [],
})

/**
 * Whose name nginx finds in a hash table. Regular expressions are tried in their order, which a second
 * server would change.
 */
const isExact = ({ name }: Host): boolean => name !== catchAll && !name.startsWith('*.')

/** A wildcard stands for exactly one label; nginx's own would stand for several. */
function serverName(host: string): Token {
  if (host.startsWith('*.')) return pattern(`~^[A-Za-z0-9_-]+${escaped(host.slice(1))}$`)
  return host === catchAll ? nginx`_` : name(host)
}

function forHttp(context: Context, more: readonly Token[]): readonly Directive[] {
  return listens(context, context.options.httpPort, more)
}

function forTls(context: Context, more: readonly Token[]): readonly Directive[] {
  const { options, settings } = context
  const http2 = settings['use-http2'] && !options.abilities.http2Directive ? [nginx`http2`] : []
  return listens(context, options.httpsPort, [nginx`ssl`, ...http2, ...more])
}

function listens(
  { options, settings }: Context,
  port: number,
  parameters: readonly Token[],
): readonly Directive[] {
  const all = [...parameters, ...(settings['use-proxy-protocol'] ? [nginx`proxy_protocol`] : [])]
  const addresses = [number(port), ...(options.abilities.ipv6 ? [word(`[::]:${port}`)] : [])]
  return addresses.map((address) => directive('listen', address, ...all))
}

function healthCheck({ options }: Context): Location {
  return {
    match: [nginx`=`, name(options.healthCheckPath)],
    origin: sluice,
    answer: { kind: 'return', code: 200 },
    directives: [directive('access_log', nginx`off`), directive('return', nginx`200`)],
  }
}

/** nginx refuses a location that is given twice, so the path of the health check is no Ingress's. */
function isTaken(
  { match, origin }: Location,
  health: Location,
  { ingresses }: Host,
  { report, options }: Context,
): boolean {
  if (match.join(' ') !== health.match.join(' ')) return false
  const owner = ingresses.find(
    ({ ingress }) => ingress.namespace === origin.namespace && ingress.name === origin.name,
  )
  if (owner !== undefined)
    report({
      code: 'path-conflict',
      severity: 'error',
      object: owner.ingress,
      field: 'spec.rules',
      problem: `without a host, ${options.healthCheckPath} belongs to --health-check-path`,
      instead: 'the health check counts',
    })
  return true
}

/** In the place of the server of `host`, which cannot be made because of `error`: the others are served. */
export function closedServer(
  host: Host,
  error: unknown,
  parts: ServerParts,
  context: Context,
): Server {
  for (const { ingress } of [...host.ingresses, ...host.canaries])
    context.report({
      code: 'object-invalid',
      severity: 'error',
      object: ingress,
      field: 'spec.rules',
      problem: `host ${host.name === catchAll ? '(any)' : host.name} cannot be printed: ${preview(String(error))}`,
      instead: 'the host answers 503',
    })
  const all: Location = {
    match: [nginx`/`],
    origin: sluice,
    answer: { kind: 'return', code: 503 },
    directives: [directive('return', nginx`503`)],
  }
  const isDefault = host.name === catchAll
  return {
    host: host.name,
    names: [serverName(host.name)],
    isDefault,
    takes: 'both',
    origins: originsOf(host),
    listens: isDefault ? parts.listensOfDefault : parts.listens,
    directives: isDefault ? tlsContext(context) : [],
    locations: isDefault ? [healthCheck(context), all] : [all],
  }
}

/** Tells which bundle nginx serves, and that it is alive; on loopback only. */
export function statusServer({ options }: Context): Server {
  const answer = (path: string, ...directives: readonly Directive[]): Location => ({
    match: [nginx`=`, name(path)],
    origin: sluice,
    answer: { kind: 'return', code: 200 },
    directives,
  })
  return {
    host: 'status',
    names: [nginx`_`],
    isDefault: false,
    takes: 'both',
    origins: [sluice],
    listens: [directive('listen', word(`127.0.0.1:${options.statusPort}`))],
    directives: [directive('access_log', nginx`off`), directive('default_type', nginx`text/plain`)],
    locations: [
      answer('/generation', directive('return', nginx`200`, generation)),
      answer('/healthz', directive('return', nginx`200`)),
      answer('/nginx_status', directive('stub_status')),
      {
        match: [nginx`/`],
        origin: sluice,
        answer: { kind: 'return', code: 404 },
        directives: [directive('return', nginx`404`)],
      },
    ],
  }
}

/** Answers for upstreams that have no endpoint: what nginx is told of those leads here. */
export function unavailableServer({ options }: Context): Server {
  const certificate = literal(`${options.stateDir}/tls/fallback.pem`)
  return {
    host: 'unavailable',
    names: [nginx`_`],
    isDefault: false,
    takes: 'both',
    origins: [sluice],
    listens: [
      directive('listen', word(`${unavailableHost}:${options.statusPort}`)),
      directive('listen', word(`${unavailableTlsHost}:${options.statusPort}`), nginx`ssl`),
    ],
    directives: [
      directive('ssl_certificate', certificate),
      directive('ssl_certificate_key', certificate),
      directive('access_log', nginx`off`),
      directive('return', nginx`503`),
    ],
    locations: [],
  }
}
