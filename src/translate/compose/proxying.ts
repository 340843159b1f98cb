import type { Protocol } from '../../annotations/policy.ts'
import { directive, grpcNameOf, isSingle } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { nginx, number, word } from '../../model/token.ts'
import type { Word } from '../../model/token.ts'
import { exact } from '../../exact.ts'
import { directivesOf } from '../../settings/settings.ts'
import type { Backend } from '../../objects/kinds.ts'
import { accessOf } from './access.ts'
import type { Annotated } from '../ingresses/annotate.ts'
import type { Backends } from '../backends/backends.ts'
import type { Context } from '../context.ts'
import { forwardedHeaders } from '../http/headers.ts'
import { fieldOf } from '../hosts/hosts.ts'
import type { HostPath } from '../hosts/hosts.ts'
import { locationVariables } from '../http/http.ts'
import type { Target } from '../backends/resolve-service.ts'

/** Everything in a location but its rewrite. */
export function directivesFor(
  hostPath: HostPath,
  backends: Backends,
  context: Context,
): readonly Directive[] {
  const { annotated, path, rule } = hostPath
  const { ingress, policy, isDenied } = annotated
  if (path.backend.kind !== 'service') return [directive('return', nginx`503`)]
  const { name: service, port } = path.backend
  const { target, problem } = backends.resolve(
    ingress.namespace,
    service,
    port,
    policy.serviceUpstream ?? context.settings['service-upstream'],
  )
  if (problem !== undefined) {
    const at = fieldOf(hostPath) + (rule === undefined ? '' : '.backend.service')
    context.report({ ...problem, object: ingress, field: at, instead: 'the path answers 503' })
  }
  if (isDenied || target.kind === 'unavailable') return [directive('return', nginx`503`)]
  return exact([
    ...logVariables(annotated, path.backend, context),
    ...accessOf(policy, context),
    ...proxying(annotated, target, context),
  ])
}

const schemes: Readonly<Record<Protocol, Word>> = {
  HTTP: nginx`http`,
  HTTPS: nginx`https`,
  GRPC: nginx`grpc`,
  GRPCS: nginx`grpcs`,
}

function proxying(
  { policy, directives }: Annotated,
  target: Exclude<Target, { kind: 'unavailable' }>,
  context: Context,
): readonly Directive[] {
  const protocol = policy.protocol ?? 'HTTP'
  const isGrpc = protocol === 'GRPC' || protocol === 'GRPCS'
  const inherited = inheritedLines(context)
  const own = (isGrpc ? directives.flatMap(overGrpc) : directives).filter(
    (line) => !inherited.has(lineText(line)),
  )
  const headers =
    policy.upstreamHost === undefined
      ? []
      : forwardedHeaders(
          context,
          isGrpc ? 'grpc_set_header' : 'proxy_set_header',
          policy.upstreamHost,
        )
  const pass = isGrpc ? 'grpc_pass' : 'proxy_pass'
  const to =
    target.kind === 'upstream'
      ? [directive(pass, nginx`${schemes[protocol]}://${target.upstream.name}`)]
      : // a variable makes nginx resolve the name for each request
        [
          directive('set', nginx`$external_name`, target.address),
          directive(pass, nginx`${schemes[protocol]}://$external_name`),
        ]
  return [...own, ...headers, ...to]
}

function overGrpc(line: Directive): readonly Directive[] {
  if (line.name === undefined) return [line]
  const name = grpcNameOf(line.name)
  return name === undefined ? [] : [{ ...line, name }]
}

const lineText = ({ name: directiveName, args }: Directive): string =>
  [directiveName, ...args].join(' ')
const inheritedOf = new WeakMap<object, ReadonlySet<string>>()

/** What the http context says already, of what nginx inherits line by line; a location need not repeat it. */
function inheritedLines({ settings }: Context): ReadonlySet<string> {
  let lines = inheritedOf.get(settings)
  if (lines === undefined) {
    const http = directivesOf(settings, 'http')
    lines = new Set(http.filter(({ name }) => name !== undefined && isSingle(name)).map(lineText))
    inheritedOf.set(settings, lines)
  }
  return lines
}

const variableNames = {
  namespace: nginx`$namespace`,
  ingress_name: nginx`$ingress_name`,
  service_name: nginx`$service_name`,
  service_port: nginx`$service_port`,
} as const

function logVariables(
  { ingress }: Annotated,
  { name, port }: Extract<Backend, { kind: 'service' }>,
  { settings }: Context,
): readonly Directive[] {
  const { variables } = settings['log-format-upstream']
  const values = {
    namespace: ingress.namespace,
    ingress_name: ingress.name,
    service_name: name,
    service_port: String(port),
  }
  return locationVariables
    .filter((variable) => variables.has(variable) && /^[a-z0-9.-]+$/.test(values[variable]))
    .map((variable) => directive('set', variableNames[variable], word(values[variable])))
}

/** `--default-backend-service` where it has endpoints, else 404. */
export function defaultBackend(
  hasAccessRules: boolean,
  backends: Backends,
  { options }: Context,
): readonly Directive[] {
  if (options.defaultBackendService !== undefined) {
    const { target, problem } = backends.resolveFirstPort(options.defaultBackendService)
    if (target.kind === 'upstream' && problem === undefined)
      return [directive('proxy_pass', nginx`http://${target.upstream.name}`)]
  }
  // `return` answers before access rules are looked at, try_files after them
  return hasAccessRules
    ? [directive('try_files', nginx`/nonexistent`, nginx`=404`)]
    : [directive('return', number(404))]
}

/** What is wrong with `--default-backend-service`, once for all hosts. */
export function reportDefaultBackend(backends: Backends, { options, report }: Context): void {
  if (options.defaultBackendService === undefined) return
  const { problem } = backends.resolveFirstPort(options.defaultBackendService)
  const [namespace = '', name = ''] = options.defaultBackendService.split('/')
  if (problem !== undefined)
    report({
      ...problem,
      object: { kind: 'Service', namespace, name },
      field: '--default-backend-service',
      instead: 'unmatched requests answer 404',
    })
}
