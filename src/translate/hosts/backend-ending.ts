import type { Balance, Destination, Look, Resolved, Target } from '../../annotations/look.ts'
import type { Policy } from '../../annotations/policy.ts'
import type { Protocol } from '../../model/config.ts'
import { jointOrigin } from '../../model/origin.ts'
import type { Origin } from '../../model/origin.ts'
import { nginx, word } from '../../model/token.ts'
import type { Word } from '../../model/token.ts'
import type { PortRef } from '../../objects/kinds.ts'
import { keyOf } from '../../objects/meta.ts'
import type { Key } from '../../objects/meta.ts'
import type { Ending } from '../compose/compose.ts'
import { referenceTo } from '../backends/reference.ts'
import type { Reference } from '../backends/reference.ts'
import { alsoTo, notFound, passTo, reasonOf, unavailable } from '../compose/ending.ts'
import { whereEmpty } from '../compose/where-empty.ts'
import type { Context } from '../context.ts'
import type { Annotated } from '../ingresses/annotate.ts'
import { fieldOf } from './host-path.ts'
import type { HostPath } from './host-path.ts'

/** What a request for a path gets that nothing stops: an endpoint's answer, or 503. */
export function backendEnding(hostPath: HostPath, look: Look, context: Context): Ending {
  const { annotated, path, rule } = hostPath
  const { ingress, policy } = annotated
  if (path.backend.kind !== 'service') return unavailable()
  const { name, port } = path.backend
  const service = keyOf({ namespace: ingress.namespace, name })
  const viaClusterIp = policy.serviceUpstream ?? context.settings['service-upstream']
  const resolved = look.upstream(
    { kind: 'service', service, port, viaClusterIp },
    balanceOf(policy),
  )
  const { target, problem } = resolved
  if (problem !== undefined) {
    const field = fieldOf(hostPath) + (rule === undefined ? '' : '.backend.service')
    context.report({ ...problem, object: ingress, field, instead: 'the path answers 503' })
  }
  if (target.kind === 'unavailable') return unavailable(reasonOf(resolved, serviceOf(hostPath)))
  const protocol = policy.protocol ?? 'HTTP'
  const ending = passTo(target, protocol, { origin: chosenBy(annotated, protocol, context) })
  const { canary } = hostPath
  return canary === undefined
    ? ending
    : withCanary(ending, canary, { service, port, viaClusterIp, target }, look, context)
}

/** What chose the protocol and the upstream; undefined where both are the usual ones. */
function chosenBy(
  { policy, origins }: Annotated,
  protocol: Protocol,
  { settings }: Context,
): Origin | undefined {
  const key = 'service-upstream'
  const viaClusterIp =
    policy.serviceUpstream === undefined || settings[key]
      ? settings.origins.get(key)
      : origins.serviceUpstream
  return jointOrigin([
    protocol === 'HTTP' ? undefined : origins.protocol,
    (policy.serviceUpstream ?? settings[key]) ? viaClusterIp : undefined,
    origins.hashBy,
  ])
}

/** Where a path leads. */
interface Main {
  readonly service: Key
  readonly port: PortRef
  readonly viaClusterIp: boolean
  readonly target: Target
}

/**
 * `ending`, from which some requests go to the Service of `canary` instead; while that has no endpoints, none.
 * Then its upstream has those of `main`. Where one of them is a name outside the cluster, that cannot be.
 */
function withCanary(
  ending: Ending,
  canary: HostPath,
  main: Main,
  look: Look,
  context: Context,
): Ending {
  const { annotated, path } = canary
  const { ingress, policy, contributions } = annotated
  const condition = contributions.get('canary')?.goesToCanary
  if (path.backend.kind !== 'service' || condition === undefined) return ending
  const { name, port } = path.backend
  const service = keyOf({ namespace: ingress.namespace, name })
  const otherwise = isOutside(main.target)
    ? {}
    : { otherwise: { service: main.service, port: main.port } }
  const { target, problem } = look.upstream(
    { kind: 'service', service, port, viaClusterIp: main.viaClusterIp, ...otherwise },
    balanceOf(policy),
  )
  if (problem !== undefined)
    context.report({
      ...problem,
      object: ingress,
      field: `${fieldOf(canary)}.backend.service`,
      instead: 'no request goes to it',
    })
  if (target.kind !== 'upstream') return ending
  const { upstream } = target
  return alsoTo(ending, upstream, condition, canaryOf(annotated), (then) =>
    isOutside(main.target) || isOutside(target) ? whereEmpty(upstream, then, context) : [],
  )
}

const isOutside = (target: Target): boolean =>
  target.kind === 'upstream' && target.isOutside === true

const balanceOf = ({ hashBy }: Partial<Policy>): Balance | undefined =>
  hashBy === undefined ? undefined : { hash: hashBy }

/** Names of objects are validated. */
const canaryOf = ({ ingress: { namespace, name } }: Annotated): Word =>
  nginx`canary of Ingress ${word(namespace)}/${word(name)}`

/** The Service that a path leads to. */
export const serviceOf = ({ annotated: { ingress }, path: { backend } }: HostPath): Origin => ({
  kind: 'Service',
  namespace: ingress.namespace,
  name: backend.kind === 'service' ? backend.name : backend.resource,
})

const firstPortOf = (service: Key): Destination => ({
  kind: 'service',
  service,
  port: undefined,
  viaClusterIp: false,
})

/** The answer of `--default-backend-service` where it has endpoints, else 404. */
export function defaultEnding(look: Look, { options }: Context): Ending {
  if (options.defaultBackendService === undefined) return notFound
  const { target, problem } = look.upstream(firstPortOf(options.defaultBackendService))
  return target.kind === 'unavailable' || problem !== undefined ? notFound : passTo(target, 'HTTP')
}

/** What is wrong with `--default-backend-service`, once for all hosts. */
export function reportDefaultBackend(
  resolve: (reference: Reference) => Resolved,
  { options, report }: Context,
): void {
  if (options.defaultBackendService === undefined) return
  const { problem } = resolve(referenceTo(firstPortOf(options.defaultBackendService)))
  const [namespace = '', name = ''] = options.defaultBackendService.split('/')
  if (problem !== undefined)
    report({
      ...problem,
      object: { kind: 'Service', namespace, name },
      field: '--default-backend-service',
      instead: 'unmatched requests answer 404',
    })
}
