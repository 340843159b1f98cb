import type { Diagnostic } from '../diagnostics.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import type { Settings } from '../settings/table.ts'
import type { Annotated } from './ingresses/annotate.ts'
import type { TranslateOptions } from './translation.ts'

/** What every part of one translation sees. */
export interface Context {
  readonly snapshot: Snapshot
  readonly options: TranslateOptions
  readonly settings: Settings
  /** Stands for whoever asks for nothing: what the ConfigMap asks of all. */
  readonly nobody: Annotated
  readonly report: (diagnostic: Diagnostic) => void
}
