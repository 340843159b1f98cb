import { directive } from '../model/directive.ts'
import type { Directive } from '../model/directive.ts'
import { number } from '../model/token.ts'
import type { Context } from './context.ts'

/** Idle connections of one worker over all upstreams, where few upstreams could keep very many. */
const ceiling = 8192
/** Holds the connections of a busy host: one that is closed and opened anew costs four times the request. */
const leastShare = 32

/**
 * Directives that every upstream has. nginx bounds idle connections per upstream only, so each gets a
 * share, in powers of two: then the configuration seldom changes with the number of upstreams. Idle
 * connections last a minute, and an upstream has as many as it was busy; `worker_connections` grows with
 * the number of upstreams so that they leave room for clients.
 */
export function keepalive({ settings }: Context, upstreams: number): readonly Directive[] {
  const wanted = settings['upstream-keepalive-connections']
  if (wanted === 0) return []
  const fair = 2 ** Math.floor(Math.log2(ceiling / Math.max(1, upstreams)))
  const share = Math.min(wanted, Math.max(leastShare, fair))
  return [
    directive('keepalive', number(share)),
    directive('keepalive_requests', settings['upstream-keepalive-requests']),
    directive('keepalive_time', settings['upstream-keepalive-time']),
    directive('keepalive_timeout', settings['upstream-keepalive-timeout']),
  ]
}

/** ingress-nginx's default, and more where every upstream may keep several connections. */
export const workerConnections = (upstreams: number): number => Math.max(16_384, 8 * upstreams)
