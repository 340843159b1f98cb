import { exact } from '../exact.ts'
import { generation } from '../model/config.ts'
import type { Location, Server } from '../model/config.ts'
import { unavailableHost, unavailableTlsHost } from '../model/loopback.ts'
import { block, directive } from '../model/directive.ts'
import type { Directive } from '../model/directive.ts'
import type { Origin } from '../model/origin.ts'
import { literal, name, nginx, number, pattern, word } from '../model/token.ts'
import type { Token } from '../model/token.ts'
import type { Context } from './context.ts'
import { catchAll } from './hosts.ts'
import type { Host } from './hosts.ts'
import type { LocationPlan } from './locations.ts'
import { escaped } from './path-regex.ts'
import { tlsContext } from './tls-context.ts'

const sluice: Origin = { kind: 'Sluice', namespace: '', name: 'built in' }

/** What servers have in common, each as one object for all of them. */
export interface ServerParts {
  readonly listens: readonly Directive[]
  readonly listensOfDefault: readonly Directive[]
  readonly httpsRedirect: Directive
}

export const serverParts = (context: Context): ServerParts => ({
  listens: listens(context, false),
  listensOfDefault: listens(context, true),
  httpsRedirect: httpsRedirect(context),
})

/** The server of one host. */
export function serverOf(
  host: Host,
  plans: readonly LocationPlan[],
  parts: ServerParts,
  context: Context,
): Server {
  const redirects = new Set(plans.map(({ redirectsToHttps }) => redirectsToHttps))
  const allRedirect = redirects.size === 1 && redirects.has(true)
  const locations = plans.map(({ location, redirectsToHttps }): Location =>
    redirectsToHttps && !allRedirect
      ? { ...location, directives: [parts.httpsRedirect, ...location.directives] }
      : location,
  )
  const isDefault = host.name === catchAll
  const health = healthCheck(context)
  return {
    host: host.name,
    names: [serverName(host.name)],
    isDefault,
    origins: host.ingresses.length === 0 ? [sluice] : host.ingresses.map(({ origin }) => origin),
    listens: isDefault ? parts.listensOfDefault : parts.listens,
    directives: exact([
      ...(isDefault ? tlsContext(context) : []),
      ...(allRedirect ? [parts.httpsRedirect] : []),
    ]),
    locations: isDefault
      ? [health, ...locations.filter((location) => !isTaken(location, health, host, context))]
      : locations,
  }
}

/** A wildcard stands for exactly one label; nginx's own would stand for several. */
function serverName(host: string): Token {
  if (host.startsWith('*.')) return pattern(`~^[A-Za-z0-9_-]+${escaped(host.slice(1))}$`)
  return host === catchAll ? nginx`_` : name(host)
}

function listens({ options, settings }: Context, isDefault: boolean): readonly Directive[] {
  const { abilities, httpPort, httpsPort } = options
  const common = [
    ...(isDefault ? [nginx`default_server`] : []),
    ...(settings['use-proxy-protocol'] ? [nginx`proxy_protocol`] : []),
  ]
  const http2 = settings['use-http2'] && !abilities.http2Directive ? [nginx`http2`] : []
  const addresses = (port: number): Token[] => [
    number(port),
    ...(abilities.ipv6 ? [word(`[::]:${port}`)] : []),
  ]
  return [
    ...addresses(httpPort).map((address) => directive('listen', address, ...common)),
    ...addresses(httpsPort).map((address) =>
      directive('listen', address, nginx`ssl`, ...http2, ...common),
    ),
  ]
}

function healthCheck({ options }: Context): Location {
  return {
    match: [nginx`=`, name(options.healthCheckPath)],
    origin: sluice,
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

function httpsRedirect({ settings }: Context): Directive {
  return block(
    'if',
    [nginx`($redirect_to_https)`],
    [
      directive(
        'return',
        word(settings['http-redirect-code']),
        nginx`https://$redirect_host$redirect_uri`,
      ),
    ],
  )
}

/** Tells which bundle nginx serves, and that it is alive; on loopback only. */
export function statusServer({ options }: Context): Server {
  const answer = (path: string, ...directives: readonly Directive[]): Location => ({
    match: [nginx`=`, name(path)],
    origin: sluice,
    directives,
  })
  return {
    host: 'status',
    names: [nginx`_`],
    isDefault: false,
    origins: [sluice],
    listens: [directive('listen', word(`127.0.0.1:${options.statusPort}`))],
    directives: [directive('access_log', nginx`off`), directive('default_type', nginx`text/plain`)],
    locations: [
      answer('/generation', directive('return', nginx`200`, generation)),
      answer('/healthz', directive('return', nginx`200`)),
      answer('/nginx_status', directive('stub_status')),
      { match: [nginx`/`], origin: sluice, directives: [directive('return', nginx`404`)] },
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
