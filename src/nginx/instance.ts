import type { Logger } from '../log.ts'
import type { ProcessId } from './processes.ts'
import type { Program } from './program.ts'

export type ReloadOutcome =
  | { readonly kind: 'reloaded' }
  /** No nginx runs yet: it will read `current` when it starts. */
  | { readonly kind: 'starting' }
  | { readonly kind: 'failed'; readonly reason: string }

/** The running nginx. */
export interface Instance {
  /**
   * child: starts nginx, restarts it whenever it dies, and lets it drain once `signal` is aborted.
   * sidecar: watches the nginx that somebody else runs.
   */
  start(signal: AbortSignal): Promise<void>
  reload(): Promise<ReloadOutcome>
  /**
   * Asks nginx on fresh connections until it answers `digest` and no worker of an older generation
   * accepts any more; false after `timeoutMs`, or sooner if nginx says that it will not.
   */
  serves(digest: string, timeoutMs?: number): Promise<boolean>
  /** Null while no nginx runs. */
  readonly master: ProcessId | null
  /** Called for each master that takes over, the first one too: it has read `current` by itself. */
  onRestart(listener: () => void): void
  /** What nginx logged against the last reload, where its log can be read. */
  complaint?(): string | undefined
}

export interface InstanceSettings {
  readonly program: Program
  readonly stateDir: string
  readonly statusPort: number
  readonly log: Logger
}
