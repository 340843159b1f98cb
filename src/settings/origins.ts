import type { Directive } from '../model/directive.ts'
import { jointOrigin } from '../model/origin.ts'
import type { SettingKey, Settings } from './table.ts'

/** `lines`, with the names of those of `keys` behind them that the ConfigMap has. */
export function askedBy(
  { origins }: Pick<Settings, 'origins'>,
  keys: readonly SettingKey[],
  lines: readonly Directive[],
): readonly Directive[] {
  const origin = jointOrigin(keys.map((key) => origins.get(key)))
  if (origin === undefined) return lines
  return lines.map((line) => ({ ...line, origin }))
}
