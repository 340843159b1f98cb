import { isSingle } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { directivesOf } from '../../settings/settings.ts'
import type { Settings } from '../../settings/table.ts'
import type { Context } from '../context.ts'
import { remembered } from '../memory/kept.ts'

/** What the http context says already, of what nginx inherits line by line; a location need not repeat it. */
export const inheritedLines = ({ settings }: Pick<Context, 'settings'>): ReadonlySet<string> =>
  linesOf(settings)

const linesOf = remembered(
  (settings: Settings) =>
    new Set(
      directivesOf(settings, 'http')
        .filter(({ name }) => name !== undefined && isSingle(name))
        .map(lineText),
    ),
)

export function lineText({ name, args }: Directive): string {
  return [name, ...args].join(' ')
}
