import type { Diagnostic } from '../../diagnostics.ts'
import type { Annotated } from '../ingresses/annotate.ts'
import { fieldOf, keyOfPath } from './host-path.ts'
import type { HostPath } from './host-path.ts'

/**
 * Gives the path of a canary its part of the requests for the same path of another Ingress of its
 * namespace, and for that Ingress's other paths of the host to the same Service (Argo Rollouts and Flagger
 * rely on it). The oldest canary counts. What cannot be is reported, and false.
 */
export function takeShare(
  canary: HostPath,
  paths: Map<string, HostPath>,
  report: (diagnostic: Diagnostic) => void,
): boolean {
  const { ingress } = canary.annotated
  const main = paths.get(keyOfPath(canary.path))
  const problem = problemOf(canary, main)
  if (problem !== undefined) {
    report({
      code: 'canary-without-main',
      severity: 'error',
      object: ingress,
      field: `${fieldOf(canary)}.path`,
      problem,
      instead: 'no request goes to it',
    })
    return false
  }
  if (main === undefined || isSameBackend(canary, main)) return false
  for (const [key, path] of paths)
    if (path.annotated === main.annotated && isSameBackend(path, main) && path.canary === undefined)
      paths.set(key, { ...path, canary })
  return true
}

function problemOf({ annotated, path }: HostPath, main: HostPath | undefined): string | undefined {
  if (annotated.denial !== undefined) return 'another annotation of the canary cannot be applied'
  if (main === undefined || path.backend.kind !== 'service')
    return 'expected another Ingress with the same host, path and path type, whose canary this is'
  if (namespaceOf(main.annotated) !== namespaceOf(annotated))
    return `expected a main Ingress in the same namespace; the path belongs to ${namespaceOf(main.annotated)}`
  if (main.canary !== undefined && main.canary.annotated !== annotated) {
    const { namespace, name } = main.canary.annotated.ingress
    return `the older ingress ${namespace}/${name} is the canary of the path already`
  }
  return undefined
}

const namespaceOf = ({ ingress }: Annotated): string => ingress.namespace

const isSameBackend = (a: HostPath, b: HostPath): boolean =>
  JSON.stringify(a.path.backend) === JSON.stringify(b.path.backend)
