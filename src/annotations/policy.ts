import type { Protocol } from '../model/config.ts'
import type { Token } from '../model/token.ts'
import type { RewriteTarget } from './rewrite-target.ts'

/** What annotations say of the structure: which hosts, paths, backends. What is only printed is a Contribution. */
export interface Policy {
  readonly sslRedirect: boolean
  readonly forceSslRedirect: boolean
  readonly protocol: Protocol
  readonly serviceUpstream: boolean
  readonly rewriteTarget: RewriteTarget
  readonly useRegex: boolean
  /** The paths are those of another Ingress, of whose requests some go to the Services of this one. */
  readonly isCanary: boolean
  /** Requests for which this comes to the same go to the same endpoint. */
  readonly hashBy: Token
}
