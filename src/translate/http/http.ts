import type { Config, Section, Server, Upstream } from '../../model/config.ts'
import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { literal, nginx, number, word } from '../../model/token.ts'
import { askedBy } from '../../settings/origins.ts'
import { directivesOf } from '../../settings/settings.ts'
import { limitsFor } from '../backends/keepalive.ts'
import { resolverOf, sluiceResolver } from '../backends/resolver.ts'
import { isGrpc } from '../compose/grpc.ts'
import type { Context } from '../context.ts'
import { remembered } from '../memory/kept.ts'
import type { NamedEndpoints } from '../translation.ts'
import { clientAddressDirectives } from './client-address.ts'
import { cleared, headers, upgradeMaps } from './headers.ts'
import { hstsMap, redirectMaps } from './https.ts'
import { logs } from './logs.ts'
import { requestMaps } from './request.ts'
import { hiddenHeaders, responseHeaders } from './response-headers.ts'
import { mapTables, tables } from './tables.ts'

/** What the http context and those around it say before the first server. */
export function httpOf(
  context: Context,
  upstreams: readonly Upstream[],
  servers: readonly Server[],
  endpoints: ReadonlyMap<string, NamedEndpoints>,
): Pick<Config, 'main' | 'events' | 'http'> {
  const { settings, options } = context
  const { connections, files } = limitsFor(upstreams.length, options.openFiles)
  return {
    main: mainOf(context, files),
    events: [directive('worker_connections', number(connections))],
    http: [
      section('Room for the maps below', mapTables(servers, upstreams)),
      section('Logs', logs(context)),
      section('Clients', clients(context)),
      section('Compression', directivesOf(settings, 'http').filter(isOfCompression)),
      section('Addresses of clients', clientAddressDirectives(context)),
      section('HTTPS', https(context)),
      section('What is known of a request', [...requestMaps(context), ...upgradeMaps(settings)]),
      section('Headers to the backends', headers(context, 'proxy_set_header')),
      section('Headers of clients that do not reach them', cleared(context, 'proxy_set_header')),
      ...(servers.some(usesGrpc) ? grpcHeaders(context) : []),
      section('Connections to the backends', backends(context)),
      section(
        'DNS',
        options.endpointUpdates === 'resolve'
          ? sluiceResolver(options.statusPort, endpoints)
          : resolverOf(options),
      ),
      section('Files and tables of nginx', [
        ...temporaryPaths(options.stateDir),
        ...tables(servers),
      ]),
    ],
  }
}

const grpcHeaders = (context: Context): readonly Section[] => [
  section('Headers to backends that speak gRPC', headers(context, 'grpc_set_header')),
  section('Headers of clients that do not reach those', cleared(context, 'grpc_set_header')),
]

export const section = (title: string, directives: readonly Directive[]): Section => ({
  title,
  directives,
})

function mainOf({ settings, options }: Context, files: number): readonly Directive[] {
  const log = options.logs === 'files' ? literal(`${options.stateDir}/error.log`) : nginx`stderr`
  return [
    directive('pid', literal(`${options.stateDir}/nginx.pid`)),
    ...(options.workerUser === undefined ? [] : [directive('user', word(options.workerUser))]),
    ...directivesOf(settings, 'main'),
    directive('worker_rlimit_nofile', number(files)),
    ...askedBy(
      settings,
      ['error-log-level'],
      [directive('error_log', log, word(settings['error-log-level']))],
    ),
  ]
}

const onOff = (isOn: boolean): ReturnType<typeof word> => (isOn ? nginx`on` : nginx`off`)

function clients({ settings, options }: Context): readonly Directive[] {
  const { keepaliveMinTimeout, http2Directive } = options.abilities
  return [
    directive('default_type', nginx`text/html`),
    ...askedBy(
      settings,
      ['server-tokens'],
      [directive('server_tokens', onOff(settings['server-tokens']))],
    ),
    directive('absolute_redirect', nginx`on`),
    directive('tcp_nopush', nginx`on`),
    ...(http2Directive
      ? askedBy(settings, ['use-http2'], [directive('http2', onOff(settings['use-http2']))])
      : []),
    ...(keepaliveMinTimeout ? [directive('keepalive_min_timeout', nginx`5s`)] : []),
    ...directivesOf(settings, 'http').filter(
      (line) => !isOfBackends(line) && !isOfCompression(line),
    ),
  ]
}

const https = (context: Context): readonly Directive[] => [
  ...hstsMap(context.settings),
  ...responseHeaders(context),
  ...hiddenHeaders(context, 'proxy_hide_header'),
  ...hiddenHeaders(context, 'grpc_hide_header'),
  ...redirectMaps(context.settings),
]

/** Timeouts, buffers and retries. */
function backends({ settings }: Context): readonly Directive[] {
  const cases = settings['proxy-next-upstream'].map((one) => word(one))
  const all = settings['retry-non-idempotent']
    ? [...new Set([...cases, nginx`non_idempotent`])]
    : cases
  return [
    directive('proxy_http_version', nginx`1.1`),
    directive('proxy_redirect', nginx`off`),
    ...directivesOf(settings, 'http').filter(isOfBackends),
    ...askedBy(
      settings,
      ['proxy-next-upstream', 'retry-non-idempotent'],
      [directive('proxy_next_upstream', ...all), directive('grpc_next_upstream', ...all)],
    ),
  ]
}

// nginx names the directives of a module after it
const isOfBackends = ({ name }: Directive): boolean => /^(?:proxy|grpc)_/.test(name ?? '')
const isOfCompression = ({ name }: Directive): boolean => name?.startsWith('gzip') === true

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

const usesGrpc = remembered(({ locations }: Server) =>
  locations.some(({ answer }) => answer.kind === 'pass' && isGrpc(answer.protocol)),
)
