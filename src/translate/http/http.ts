import type { Config, Server, Upstream } from '../../model/config.ts'
import { block, directive, entry } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { literal, nginx, number, word } from '../../model/token.ts'
import { directivesOf } from '../../settings/settings.ts'
import type { Word } from '../../model/token.ts'
import { resolverOf, sluiceResolver } from '../backends/resolver.ts'
import type { NamedEndpoints } from '../translation.ts'
import { clientAddressDirectives } from './client-address.ts'
import type { Context } from '../context.ts'
import { limitsFor } from '../backends/keepalive.ts'
import { forwardedHeaders, requestMaps } from './headers.ts'
import { hiddenHeaders, responseHeaders } from './response-headers.ts'
import { remembered } from '../memory/kept.ts'
import { isGrpc } from '../compose/grpc.ts'
import { locationVariables } from '../../annotations/contribution.ts'

/** What the http context and those around it say before the first server. */
export function httpOf(
  context: Context,
  upstreams: readonly Upstream[],
  servers: readonly Server[],
  endpoints: ReadonlyMap<string, NamedEndpoints>,
): Pick<Config, 'main' | 'events' | 'http'> {
  const { settings, options } = context
  const { connections, files } = limitsFor(upstreams.length, options.openFiles)
  const log = options.logs === 'files' ? literal(`${options.stateDir}/error.log`) : nginx`stderr`
  return {
    main: [
      directive('pid', literal(`${options.stateDir}/nginx.pid`)),
      ...(options.workerUser === undefined ? [] : [directive('user', word(options.workerUser))]),
      ...directivesOf(settings, 'main'),
      directive('worker_rlimit_nofile', number(files)),
      directive('error_log', log, word(settings['error-log-level'])),
    ],
    events: [directive('worker_connections', number(connections))],
    http: [
      ...temporaryPaths(options.stateDir),
      ...hashSizes(servers, upstreams),
      ...logging(context),
      directive('default_type', nginx`text/html`),
      directive('server_tokens', settings['server-tokens'] ? nginx`on` : nginx`off`),
      directive('tcp_nopush', nginx`on`),
      directive('absolute_redirect', nginx`on`),
      ...(options.abilities.keepaliveMinTimeout
        ? [directive('keepalive_min_timeout', nginx`5s`)]
        : []),
      ...(options.abilities.http2Directive
        ? [directive('http2', settings['use-http2'] ? nginx`on` : nginx`off`)]
        : []),
      ...(options.endpointUpdates === 'resolve'
        ? sluiceResolver(options.statusPort, endpoints)
        : resolverOf(options)),
      ...clientAddressDirectives(context),
      ...requestMaps(context),
      ...hiddenHeaders(context).flatMap((name) => [
        directive('proxy_hide_header', name),
        directive('grpc_hide_header', name),
      ]),
      ...responseHeaders(context),
      ...directivesOf(settings, 'http'),
      ...retries(context),
      directive('proxy_http_version', nginx`1.1`),
      directive('proxy_redirect', nginx`off`),
      directive('proxy_headers_hash_max_size', nginx`1024`),
      directive('proxy_headers_hash_bucket_size', nginx`128`),
      ...forwardedHeaders(context, 'proxy_set_header'),
      ...(servers.some(usesGrpc) ? forwardedHeaders(context, 'grpc_set_header') : []),
    ],
  }
}

/** Distributions compile in other paths, and the root file system is read-only. */
function temporaryPaths(stateDir: string): readonly Directive[] {
  return [
    directive('client_body_temp_path', literal(`${stateDir}/tmp/body`)),
    directive('proxy_temp_path', literal(`${stateDir}/tmp/proxy`)),
    directive('fastcgi_temp_path', literal(`${stateDir}/tmp/fastcgi`)),
    directive('uwsgi_temp_path', literal(`${stateDir}/tmp/uwsgi`)),
    directive('scgi_temp_path', literal(`${stateDir}/tmp/scgi`)),
  ]
}

const powerOfTwo = (least: number, floor: number): number =>
  Math.max(floor, 2 ** Math.ceil(Math.log2(Math.max(1, least))))

/**
 * Tables in which nginx finds a place for every host, and every upstream: it refuses everything where a bucket does not hold
 * the longest one, and warns where it finds none. Buckets for four and four times as many as hosts leave
 * room; above 10,000 buckets nginx begins its search near the end, where it is short.
 */
function hashSizes(
  servers: readonly Server[],
  upstreams: readonly Upstream[],
): readonly Directive[] {
  const longestHost = servers.reduce((most, { host }) => Math.max(most, host.length), 0)
  const longestKey = upstreams.reduce((most, { name }) => Math.max(most, name.length), longestHost)
  const most = Math.max(servers.length, upstreams.length)
  return [
    directive('server_names_hash_bucket_size', bucketFor(longestHost)),
    directive('server_names_hash_max_size', bucketsFor(servers.length)),
    directive('map_hash_bucket_size', bucketFor(longestKey)),
    directive('map_hash_max_size', bucketsFor(most)),
    directive('variables_hash_max_size', nginx`2048`),
  ]
}

const bucketFor = (longest: number): Word => number(powerOfTwo(4 * (longest + 18), 256))
const bucketsFor = (count: number): Word =>
  number(powerOfTwo(4 * count, count < 250 ? 2048 : 16_384))

const usesGrpc = remembered(({ locations }: Server) =>
  locations.some(({ answer }) => answer.kind === 'pass' && isGrpc(answer.protocol)),
)

/**
 * What ingress-nginx calls an upstream: `shop-web-80` for `1a2b3c4d_shop_web_80`. An entry for each costs
 * a request a tenth of what it costs to read that from the name with a regular expression.
 */
export function upstreamNames(
  upstreams: readonly Upstream[],
  { settings }: Pick<Context, 'settings'>,
): readonly Directive[] {
  if (!settings['log-format-upstream'].variables.has('proxy_upstream_name')) return []
  const entries = upstreams.flatMap(({ name: called, origin, port }) => {
    const text = `${origin.namespace}-${origin.name}-${port}`
    return /^[a-z0-9.-]+$/.test(text) ? [entry(called, word(text))] : []
  })
  return [
    block(
      'map',
      [nginx`$proxy_host`, nginx`$proxy_upstream_name`],
      [entry(nginx`default`, literal('')), ...entries],
    ),
  ]
}

function logging({ settings, options }: Context): readonly Directive[] {
  const { token, variables } = settings['log-format-upstream']
  const empty = [...locationVariables, 'proxy_alternative_upstream_name'].filter((variable) =>
    variables.has(variable),
  )
  const file =
    options.logs === 'files' ? literal(`${options.stateDir}/access.log`) : nginx`/dev/stdout`
  const { token: path, isBuffered } = settings['access-log-path'] ?? {
    token: file,
    isBuffered: true,
  }
  return [
    ...empty.map((variable) =>
      block('map', [literal(''), nginx`$${word(variable)}`], [entry(nginx`default`, literal(''))]),
    ),
    directive(
      'log_format',
      nginx`upstreaminfo`,
      ...(settings['log-format-escape-json'] ? [nginx`escape=json`] : []),
      token,
    ),
    directive(
      'access_log',
      path,
      nginx`upstreaminfo`,
      ...(isBuffered ? [nginx`buffer=32k`, nginx`flush=1s`] : []),
    ),
  ]
}

function retries({ settings }: Context): readonly Directive[] {
  const cases = settings['proxy-next-upstream'].map((one) => word(one))
  const all = settings['retry-non-idempotent']
    ? [...new Set([...cases, nginx`non_idempotent`])]
    : cases
  return [directive('proxy_next_upstream', ...all), directive('grpc_next_upstream', ...all)]
}
