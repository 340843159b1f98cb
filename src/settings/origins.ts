import type { Directive } from '../model/directive.ts'
import type { SettingKey, Settings } from './table.ts'

/** `lines`, with the names of those of `keys` behind them that the ConfigMap has. */
export function askedBy(
  { origins }: Pick<Settings, 'origins'>,
  keys: readonly SettingKey[],
  lines: readonly Directive[],
): readonly Directive[] {
  const given = keys.flatMap((key) => origins.get(key) ?? [])
  const [first] = given
  if (first === undefined) return lines
  const origin = { ...first, field: given.map(({ field }) => field).join(', ') }
  return lines.map((line) => ({ ...line, origin }))
}
