import type { Destination, Look, Resolved } from '../../annotations/look.ts'
import type { Origin } from '../../model/origin.ts'
import { keyOf } from '../../objects/meta.ts'
import type { Key } from '../../objects/meta.ts'
import type { Ending } from '../compose/compose.ts'
import { referenceTo } from '../backends/reference.ts'
import type { Reference } from '../backends/reference.ts'
import { notFound, passTo, reasonOf, unavailable } from '../compose/ending.ts'
import type { Context } from '../context.ts'
import { fieldOf } from './hosts.ts'
import type { HostPath } from './hosts.ts'

/** What a request for a path gets that nothing stops: an endpoint's answer, or 503. */
export function backendEnding(hostPath: HostPath, look: Look, context: Context): Ending {
  const { annotated, path, rule } = hostPath
  const { ingress, policy } = annotated
  if (path.backend.kind !== 'service') return unavailable()
  const { name, port } = path.backend
  const resolved = look.upstream(
    {
      kind: 'service',
      service: keyOf({ namespace: ingress.namespace, name }),
      port,
      viaClusterIp: policy.serviceUpstream ?? context.settings['service-upstream'],
    },
    policy.hashBy === undefined ? undefined : { hash: policy.hashBy },
  )
  const { target, problem } = resolved
  if (problem !== undefined) {
    const field = fieldOf(hostPath) + (rule === undefined ? '' : '.backend.service')
    context.report({ ...problem, object: ingress, field, instead: 'the path answers 503' })
  }
  return target.kind === 'unavailable'
    ? unavailable(reasonOf(resolved, serviceOf(hostPath)))
    : passTo(target, policy.protocol ?? 'HTTP')
}

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
