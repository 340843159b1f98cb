import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { nginx, number } from '../../model/token.ts'
import { askedBy } from '../../settings/origins.ts'
import type { Context } from '../context.ts'

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
export function keepalive({ settings, options }: Context, upstreams: number): readonly Directive[] {
  const wanted = settings['upstream-keepalive-connections']
  if (wanted === 0) return []
  const { connections } = limitsFor(upstreams, options.openFiles)
  const fair = fairShare(ceiling, upstreams)
  const most = isScarce(connections, upstreams) ? fairShare(connections / 2, upstreams) : Infinity
  // One idle connection to each would leave too little for clients.
  const keepsLittle = connections < 2 * upstreams
  const share = Math.min(wanted, Math.max(leastShare, fair), most)
  const timeout = keepsLittle ? nginx`1s` : settings['upstream-keepalive-timeout']
  const lines = [
    ['upstream-keepalive-connections', directive('keepalive', number(share))],
    [
      'upstream-keepalive-requests',
      directive('keepalive_requests', settings['upstream-keepalive-requests']),
    ],
    ['upstream-keepalive-time', directive('keepalive_time', settings['upstream-keepalive-time'])],
    ['upstream-keepalive-timeout', directive('keepalive_timeout', timeout)],
  ] as const
  return lines.flatMap(([key, line]) => askedBy(settings, [key], [line]))
}

/** The greatest power of two that all upstreams may have at once. */
const fairShare = (connections: number, upstreams: number): number =>
  2 ** Math.max(0, Math.floor(Math.log2(connections / Math.max(1, upstreams))))

/** How many connections each upstream is expected to keep when all are in use. */
const perUpstream = 8

const isScarce = (connections: number, upstreams: number): boolean =>
  connections < perUpstream * upstreams

export interface Limits {
  /** Of one worker, to clients and to endpoints. */
  readonly connections: number
  /** Of one worker: a file for each connection, and for bodies, logs and certificates. */
  readonly files: number
}

/**
 * ingress-nginx's default, and more where every upstream may keep several connections; never more files
 * than `openFiles`, which nginx would ask for in vain, or more connections than those files allow.
 */
export function limitsFor(upstreams: number, openFiles = Infinity): Limits {
  const wanted = Math.max(16_384, perUpstream * upstreams)
  const files = Math.min(4 * wanted, openFiles)
  return { connections: Math.min(wanted, files - Math.min(1_024, Math.ceil(files / 4))), files }
}
