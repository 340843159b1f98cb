import type { Diagnostic } from '../diagnostics.ts'
import type { Token, Word } from '../model/token.ts'
import type { ConfigMap, PortRef, Secret } from '../objects/kinds.ts'
import type { Key } from '../objects/meta.ts'

/**
 * What may be asked of the cluster while something is made of an object. Every question is recorded with
 * its answer: what was made is kept as long as each question would be answered in the same way.
 */
export interface Look {
  readonly secret: (key: Key) => Secret | undefined
  readonly configMap: (key: Key) => ConfigMap | undefined
  /** Where requests for `to` go. The upstream is part of the configuration from then on. */
  readonly upstream: (to: Destination, balance?: Balance) => Resolved
}

/** Whose endpoints requests are sent to. */
export type Destination =
  | {
      readonly kind: 'service'
      readonly service: Key
      /** The first one if undefined. */
      readonly port: PortRef | undefined
      /** To the cluster IP of the Service, where it has one. */
      readonly viaClusterIp: boolean
      /** The endpoints of this Service count while `service` has none. */
      readonly otherwise?: { readonly service: Key; readonly port: PortRef }
    }
  /** A DNS name in lower case or an IP address, outside the cluster or inside. */
  | { readonly kind: 'url'; readonly host: string; readonly port: number }

/** How one of the endpoints is chosen; in turn unless said otherwise. */
export interface Balance {
  /** Requests for which this comes to the same go to the same endpoint. */
  readonly hash?: Token
}

/** Where a location sends its requests. */
export type Target =
  /** To the endpoints of the upstream of this name; outside the cluster, Sluice tells nginx of them. */
  | { readonly kind: 'upstream'; readonly upstream: Word; readonly isOutside?: true }
  /** To a name that nginx resolves per request: for an nginx that cannot re-resolve the servers of an upstream. */
  | { readonly kind: 'name'; readonly address: Word }
  /** Nowhere: 503. */
  | { readonly kind: 'unavailable' }

export type Reachable = Exclude<Target, { readonly kind: 'unavailable' }>

/** A Target, and what is wrong with the reference; the object and the field are the referrer's. */
export interface Resolved {
  readonly target: Target
  readonly problem?: Pick<Diagnostic, 'code' | 'severity' | 'problem'>
}
