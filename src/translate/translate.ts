import type { Snapshot } from '../objects/snapshot.ts'
import type { Translation, TranslateOptions } from './translation.ts'

export function translate(_snapshot: Snapshot, _options: TranslateOptions): Translation {
  throw new Error('not written yet')
}
