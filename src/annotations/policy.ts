import type { Token } from '../model/token.ts'
import type { RewriteTarget } from './rewrite-target.ts'
import type { Cidr } from './values.ts'

export type Protocol = 'HTTP' | 'HTTPS' | 'GRPC' | 'GRPCS'

/** What annotations say that another part of the program reads; what is only printed is a directive. */
export interface Policy {
  readonly sslRedirect: boolean
  readonly forceSslRedirect: boolean
  readonly protocol: Protocol
  /** The Host header that the endpoints see. */
  readonly upstreamHost: Token
  readonly serviceUpstream: boolean
  readonly rewriteTarget: RewriteTarget
  readonly useRegex: boolean
  /** Clients that may enter; all others get 403. */
  readonly allowed: readonly Cidr[]
}
