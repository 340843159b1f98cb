import type { Diagnostic } from '../diagnostics.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import type { Settings } from '../settings/table.ts'
import type { TranslateOptions } from './translation.ts'

/** What every part of one translation sees. */
export interface Context {
  readonly snapshot: Snapshot
  readonly options: TranslateOptions
  readonly settings: Settings
  readonly report: (diagnostic: Diagnostic) => void
}
