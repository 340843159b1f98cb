import { block } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { literal, nginx } from '../../model/token.ts'
import type { Word } from '../../model/token.ts'
import type { Context } from '../context.ts'

/**
 * `then` while `upstream` has no endpoint. Where nginx asks Sluice for endpoints, only Sluice knows, and the
 * configuration must not change with it: so Sluice keeps a file meanwhile (controller/empty-upstreams.ts).
 * Elsewhere the configuration says by itself what has no endpoint.
 */
export function whereEmpty(
  upstream: Word,
  then: Directive,
  { options }: Pick<Context, 'options'>,
): readonly Directive[] {
  if (options.endpointUpdates !== 'resolve') return []
  const file = literal(`${options.stateDir}/empty/${upstream}`)
  return [block('if', [nginx`(-f`, file, nginx`)`], [then])]
}
