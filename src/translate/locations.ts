import type { Policy, Protocol } from '../annotations/policy.ts'
import type { Location } from '../model/config.ts'
import { directive } from '../model/directive.ts'
import type { Directive, DirectiveName } from '../model/directive.ts'
import type { Origin } from '../model/origin.ts'
import { name, nginx, number, pattern, word } from '../model/token.ts'
import type { Token, Word } from '../model/token.ts'
import { directivesOf } from '../settings/settings.ts'
import type { Annotated } from './annotate.ts'
import type { Backends, Target } from './backends.ts'
import type { Context } from './context.ts'
import { forwardedHeaders } from './headers.ts'
import type { Host, HostPath } from './hosts.ts'
import { catchAll } from './hosts.ts'
import { locationVariables } from './http.ts'
import { plainClaims, regexClaims } from './paths.ts'
import type { Claim } from './paths.ts'
import { anchored } from './path-regex.ts'

/** A location, and whether plain HTTP is redirected there: the server may do that for all of them at once. */
export interface LocationPlan {
  readonly location: Location
  readonly redirectsToHttps: boolean
}

interface Claimed {
  readonly claim: Claim
  readonly hostPath: HostPath
}

/** The locations of `host`, longest path first. */
export function locationsOf(
  host: Host,
  isTls: boolean,
  backends: Backends,
  context: Context,
): readonly LocationPlan[] {
  const isRegex = host.paths.some(asksForRegex)
  const claimed = winners(host.paths, isRegex)
  const shared = new Map<HostPath, readonly Directive[]>()
  const plans = claimed.map(({ claim, hostPath }) => {
    const rewrites = rewriteOf(hostPath, claim)
    const key = rewrites.length === 0 ? hostPath : undefined
    const directives = (key === undefined ? undefined : shared.get(key)) ?? [
      ...rewrites,
      ...directivesFor(hostPath, backends, context),
    ]
    if (key !== undefined) shared.set(key, directives)
    return planOf(claim, hostPath, directives, isTls, context)
  })
  const takesAll = claimed.some(({ claim }) => claim.path === '/' && claim.comparison !== 'exact')
  const all = takesAll ? plans : [...plans, fallbackPlan(host, isTls, isRegex, backends, context)]
  return isRegex ? all : [...all, ...withoutSlash(claimed, all)].sort(byPath)
}

const textOf = ({ path }: HostPath): string => (path.path === '' ? '/' : path.path)

/** Whether the Ingress of a path makes it a regular expression. */
function isOwnRegex(hostPath: HostPath): boolean {
  const { useRegex, rewriteTarget } = hostPath.annotated.policy
  return (
    useRegex === true || (rewriteTarget !== undefined && rewriteTarget.text !== textOf(hostPath))
  )
}

/** As `isOwnRegex`, and a Prefix whose target is itself: its location with a slash at the end is rewritten (as in ingress-nginx). */
function asksForRegex(hostPath: HostPath): boolean {
  const { rewriteTarget } = hostPath.annotated.policy
  const isPrefix = hostPath.path.pathType !== 'Exact' && textOf(hostPath) !== '/'
  return (
    isOwnRegex(hostPath) ||
    (rewriteTarget !== undefined && isPrefix && !textOf(hostPath).endsWith('/'))
  )
}

/** One claim for each location, longest path first, ties in descending order; of equal ones the stronger, then the older. */
function winners(paths: readonly HostPath[], isRegex: boolean): readonly Claimed[] {
  const taken = new Map<string, Claimed>()
  for (const hostPath of paths) {
    const claims = isRegex
      ? regexClaims(hostPath.path, isOwnRegex(hostPath))
      : plainClaims(hostPath.path)
    for (const claim of claims) {
      const key = `${claim.comparison} ${claim.path}`
      const already = taken.get(key)
      if (already === undefined || claim.rank < already.claim.rank)
        taken.set(key, { claim, hostPath })
    }
  }
  return [...taken.values()].sort((a, b) => {
    const [left, right] = [a.claim, b.claim]
    if (left.path.length !== right.path.length) return right.path.length - left.path.length
    if (left.path !== right.path) return left.path > right.path ? -1 : 1
    return left.comparison < right.comparison ? -1 : 1
  })
}

function byPath(a: LocationPlan, b: LocationPlan): number {
  const [left, right] = [pathOf(a), pathOf(b)]
  if (left.length !== right.length) return right.length - left.length
  if (left !== right) return left > right ? -1 : 1
  return a.location.match.length - b.location.match.length
}

const pathOf = ({ location: { match } }: LocationPlan): string => match.at(-1) ?? ''

function matchOf({ comparison, path }: Claim): readonly Token[] {
  switch (comparison) {
    case 'exact':
      return [nginx`=`, name(path)]
    case 'prefix':
      return [name(path)]
    case 'regex':
      return [nginx`~*`, anchored(path)]
  }
}

function planOf(
  claim: Claim,
  hostPath: HostPath,
  directives: readonly Directive[],
  isTls: boolean,
  context: Context,
): LocationPlan {
  const { path, annotated } = hostPath
  const target: Origin | undefined =
    path.backend.kind === 'service' &&
    directives.some((line) => line.name === 'proxy_pass' || line.name === 'grpc_pass')
      ? { kind: 'Service', namespace: annotated.ingress.namespace, name: path.backend.name }
      : undefined
  return {
    location: {
      match: matchOf(claim),
      origin: annotated.origin,
      directives,
      ...(target === undefined ? {} : { target }),
    },
    redirectsToHttps: redirectsToHttps(annotated, textOf(hostPath), isTls, context),
  }
}

function redirectsToHttps(
  { policy }: Annotated,
  path: string,
  isTls: boolean,
  { settings }: Context,
): boolean {
  if (settings['no-tls-redirect-locations'].some((prefix) => path.startsWith(prefix))) return false
  const forced = policy.forceSslRedirect ?? settings['force-ssl-redirect']
  return forced || (isTls && (policy.sslRedirect ?? settings['ssl-redirect']))
}

/** Everything in a location but its rewrite. */
function directivesFor(
  hostPath: HostPath,
  backends: Backends,
  context: Context,
): readonly Directive[] {
  const { annotated, path, isDefaultBackend, field } = hostPath
  const { ingress, policy, isDenied } = annotated
  if (path.backend.kind !== 'service') return [directive('return', nginx`503`)]
  const { name: service, port } = path.backend
  const { target, problem } = backends.resolve(
    ingress.namespace,
    service,
    port,
    policy.serviceUpstream ?? false,
  )
  if (problem !== undefined) {
    const at = isDefaultBackend ? field : `${field}.backend.service`
    context.report({ ...problem, object: ingress, field: at, instead: 'the path answers 503' })
  }
  if (isDenied || target.kind === 'unavailable') return [directive('return', nginx`503`)]
  return [
    ...logVariables(annotated, target, port, context),
    ...accessOf(policy, context),
    ...proxying(annotated, target, context),
  ]
}

function accessOf(policy: Partial<Policy>, { settings }: Context): readonly Directive[] {
  const allowed = policy.allowed ?? settings['whitelist-source-range']
  return allowed.length === 0
    ? []
    : [...allowed.map((network) => directive('allow', network)), directive('deny', nginx`all`)]
}

/** What nginx calls the same thing for gRPC; what is not listed has no counterpart there. */
const grpcNames: ReadonlyMap<DirectiveName | undefined, DirectiveName> = new Map([
  ['client_max_body_size', 'client_max_body_size'],
  ['proxy_buffer_size', 'grpc_buffer_size'],
  ['proxy_connect_timeout', 'grpc_connect_timeout'],
  ['proxy_read_timeout', 'grpc_read_timeout'],
  ['proxy_send_timeout', 'grpc_send_timeout'],
])

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
  const own = directives
    .flatMap((line) => {
      if (!isGrpc) return [line]
      const renamed = grpcNames.get(line.name)
      return renamed === undefined ? [] : [{ ...line, name: renamed }]
    })
    .filter((line) => !inherited.has(lineText(line)))
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

const lineText = ({ name: directiveName, args }: Directive): string =>
  [directiveName, ...args].join(' ')
const inheritedOf = new WeakMap<object, ReadonlySet<string>>()

/** What the http context says already; a location need not repeat it. */
function inheritedLines({ settings }: Context): ReadonlySet<string> {
  let lines = inheritedOf.get(settings)
  if (lines === undefined) {
    lines = new Set(directivesOf(settings, 'http').map(lineText))
    inheritedOf.set(settings, lines)
  }
  return lines
}

function logVariables(
  { ingress }: Annotated,
  { service }: Exclude<Target, { kind: 'unavailable' }>,
  port: number | string,
  { settings }: Context,
): readonly Directive[] {
  const { variables } = settings['log-format-upstream']
  const values = {
    namespace: ingress.namespace,
    ingress_name: ingress.name,
    service_name: service.name,
    service_port: String(port),
  }
  return locationVariables
    .filter((variable) => variables.has(variable) && /^[a-z0-9.-]+$/.test(values[variable]))
    .map((variable) => directive('set', nginx`$${word(variable)}`, word(values[variable])))
}

/** ingress-nginx's rewrite: the path, wherever it matches, case-insensitively, makes the whole URI the target. */
function rewriteOf(hostPath: HostPath, claim: Claim): readonly Directive[] {
  const { rewriteTarget } = hostPath.annotated.policy
  if (rewriteTarget === undefined || hostPath.isDefaultBackend || claim.comparison !== 'regex')
    return []
  if (rewriteTarget.text === claim.path) return []
  return [directive('rewrite', pattern(`(?i)${claim.path}`), rewriteTarget.token, nginx`break`)]
}

/** Where requests go that no path takes, under the annotations of the Ingress that came first. */
function fallbackPlan(
  host: Host,
  isTls: boolean,
  isRegex: boolean,
  backends: Backends,
  context: Context,
): LocationPlan {
  const claim: Claim = { comparison: isRegex ? 'regex' : 'prefix', path: '/', rank: 2 }
  if (host.fallback !== undefined) {
    const plan = planOf(
      claim,
      host.fallback,
      directivesFor(host.fallback, backends, context),
      isTls,
      context,
    )
    return host.name === catchAll ? { ...plan, redirectsToHttps: false } : plan
  }
  const first = host.name === catchAll ? undefined : host.first
  const access = first === undefined ? accessOf({}, context) : accessOf(first.policy, context)
  const answer =
    first?.isDenied === true
      ? [directive('return', nginx`503`)]
      : [...access, ...defaultBackend(access.length > 0, backends, context)]
  return {
    location: {
      match: matchOf(claim),
      origin: first?.origin ?? { kind: 'Sluice', namespace: '', name: 'default backend' },
      directives: answer,
    },
    redirectsToHttps: first !== undefined && redirectsToHttps(first, '/', isTls, context),
  }
}

/** `--default-backend-service` where it has endpoints, else 404. */
function defaultBackend(
  hasAccessRules: boolean,
  backends: Backends,
  { options, report }: Context,
): readonly Directive[] {
  if (options.defaultBackendService !== undefined) {
    const { target, problem } = backends.resolveFirstPort(options.defaultBackendService)
    if (target.kind === 'upstream')
      return [directive('proxy_pass', nginx`http://${target.upstream.name}`)]
    const [namespace = '', service = ''] = options.defaultBackendService.split('/')
    if (problem !== undefined)
      report({
        ...problem,
        object: { kind: 'Service', namespace, name: service },
        field: '--default-backend-service',
        instead: 'unmatched requests answer 404',
      })
  }
  // `return` answers before access rules are looked at, try_files after them
  return hasAccessRules
    ? [directive('try_files', nginx`/nonexistent`, nginx`=404`)]
    : [directive('return', number(404))]
}

/**
 * nginx redirects `/foo` to `/foo/` where only the latter is a location. Kubernetes wants an Exact `/foo/`
 * to leave `/foo` to others: it gets a location that does what the longest prefix of it does.
 */
function withoutSlash(
  claimed: readonly Claimed[],
  plans: readonly LocationPlan[],
): readonly LocationPlan[] {
  const exact = new Set(
    claimed.filter(({ claim }) => claim.comparison === 'exact').map(({ claim }) => claim.path),
  )
  const prefixes = plans.filter(({ location }) => location.match.length === 1)
  return [...exact].flatMap((path) => {
    const bare = path.slice(0, -1)
    if (!path.endsWith('/') || bare === '' || exact.has(bare)) return []
    const [parent] = prefixes
      .filter((plan) => bare.startsWith(unquoted(pathOf(plan))))
      .sort((a, b) => pathOf(b).length - pathOf(a).length)
    if (parent === undefined) return []
    return [{ ...parent, location: { ...parent.location, match: [nginx`=`, name(bare)] } }]
  })
}

const unquoted = (token: string): string =>
  token.startsWith('"') ? token.slice(1, -1).replaceAll(/\\(.)/g, '$1') : token
