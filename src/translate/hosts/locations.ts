import type { Location } from '../../model/config.ts'
import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import type { Origin } from '../../model/origin.ts'
import { name, nginx, pattern } from '../../model/token.ts'
import type { Token } from '../../model/token.ts'
import { accessOf } from '../compose/access.ts'
import type { Annotated } from '../ingresses/annotate.ts'
import type { Backends } from '../backends/backends.ts'
import { asksForRegex, restAsksForRegex, textOf, winners, withoutSlash } from './claims.ts'
import type { Context } from '../context.ts'
import { catchAll } from './hosts.ts'
import type { Host, HostPath } from './hosts.ts'
import { anchored } from './path-regex.ts'
import type { Claim } from './paths.ts'
import { defaultBackend, directivesFor } from '../compose/proxying.ts'

/** A location, and whether plain HTTP is redirected there: the server may do that for all of them at once. */
export interface LocationPlan {
  readonly location: Location
  readonly redirectsToHttps: boolean
}

/** The locations of `host`, longest path first. */
export function locationsOf(
  host: Host,
  isTls: boolean,
  backends: Backends,
  context: Context,
): readonly LocationPlan[] {
  const isRegex = host.paths.some(asksForRegex) || restAsksForRegex(host)
  const claimed = winners(host.paths, isRegex)
  const proxied = new Map<HostPath, readonly Directive[]>()
  // Most hosts have several paths to one Service, which say the same.
  const alike = new Map<string, readonly Directive[]>()
  const shared = (hostPath: HostPath): readonly Directive[] => {
    const directives = directivesFor(hostPath, backends, context)
    const key = JSON.stringify([hostPath.annotated.origin, hostPath.path.backend])
    const before = alike.get(key)
    if (before === undefined) alike.set(key, directives)
    return before ?? directives
  }
  const plan = (claim: Claim, hostPath: HostPath): LocationPlan => {
    const directives = proxied.get(hostPath) ?? shared(hostPath)
    proxied.set(hostPath, directives)
    const own = rewritten(directives, hostPath.annotated, claim)
    return planOf(claim, hostPath, own, isTls, context)
  }
  const plans = claimed.map(({ claim, hostPath }) => plan(claim, hostPath))

  const takesAll = claimed.some(({ claim }) => claim.path === '/' && claim.comparison !== 'exact')
  const fallback = takesAll ? [] : [fallbackPlan(host, isTls, isRegex, backends, context)]
  const bare = withoutSlash(claimed).flatMap(({ claim, hostPath }) =>
    hostPath === undefined
      ? fallback.map((one) => ({ ...one, location: { ...one.location, match: matchOf(claim) } }))
      : [plan(claim, hostPath)],
  )
  return [...plans, ...bare, ...fallback]
}

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
    path.backend.kind === 'service' && directives.some(isPass)
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

/**
 * ingress-nginx's rewrite: the path, wherever it matches, case-insensitively, makes the whole URI the
 * target. It stands right before the pass, because its `break` ends every `set` and `return` behind it.
 */
function rewritten(
  directives: readonly Directive[],
  { policy: { rewriteTarget } }: Annotated,
  claim: Claim,
): readonly Directive[] {
  const pass = directives.findIndex(isPass)
  if (rewriteTarget === undefined || claim.comparison !== 'regex') return directives
  if (rewriteTarget.text === claim.path || pass === -1) return directives
  return directives.toSpliced(
    pass,
    0,
    directive('rewrite', pattern(`(?i)${claim.path}`), rewriteTarget.token, nginx`break`),
  )
}

const isPass = ({ name: called }: Directive): boolean =>
  called === 'proxy_pass' || called === 'grpc_pass'

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
    const directives = directivesFor(host.fallback, backends, context)
    // neither redirects nor rewriting apply to the default backend of everything
    if (host.name === catchAll)
      return {
        ...planOf(claim, host.fallback, directives, isTls, context),
        redirectsToHttps: false,
      }
    const own = rewritten(directives, host.fallback.annotated, claim)
    return planOf(claim, host.fallback, own, isTls, context)
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
