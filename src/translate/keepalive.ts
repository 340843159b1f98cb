import { directive } from '../model/directive.ts'
import type { Directive } from '../model/directive.ts'
import { number } from '../model/token.ts'
import type { Context } from './context.ts'

/** Directives that every upstream has. Idle connections are bounded over all upstreams: nginx keeps them per upstream. */
export function keepalive({ settings }: Context, upstreams: number): readonly Directive[] {
  const total = settings['upstream-keepalive-connections']
  if (total === 0) return []
  const share = Math.max(
    2,
    Math.min(total, 2 ** Math.floor(Math.log2(Math.max(1, 8192 / Math.max(1, upstreams))))),
  )
  return [
    directive('keepalive', number(share)),
    directive('keepalive_requests', settings['upstream-keepalive-requests']),
    directive('keepalive_time', settings['upstream-keepalive-time']),
    directive('keepalive_timeout', settings['upstream-keepalive-timeout']),
  ]
}
