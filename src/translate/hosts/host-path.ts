import type { IngressPath } from '../../objects/kinds.ts'
import type { Annotated } from '../ingresses/annotate.ts'

/** A path of an Ingress, as one of a host. */
export interface HostPath {
  readonly annotated: Annotated
  readonly path: IngressPath
  /** Undefined for `spec.defaultBackend`. */
  readonly rule: number | undefined
  /** Position among the paths of the rule. */
  readonly index: number
  /** Where some of the requests go. */
  readonly canary?: HostPath
}

/** Of an Ingress: `spec.rules[0].http.paths[1]`, or `spec.defaultBackend`. */
export const fieldOf = ({ rule, index }: HostPath): string =>
  rule === undefined ? 'spec.defaultBackend' : `${ruleField(rule)}.http.paths[${index}]`

export const ruleField = (rule: number): string => `spec.rules[${rule}]`

/** Of equal ones a host has one. */
export function keyOfPath({ path, pathType }: IngressPath): string {
  const type = pathType === 'ImplementationSpecific' ? 'Prefix' : pathType
  return `${type} ${path === '' ? '/' : path}`
}
