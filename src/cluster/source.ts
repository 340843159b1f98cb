import type { Kind } from '../objects/kinds.ts'
import type { Key } from '../objects/meta.ts'
import type { Snapshot } from '../objects/snapshot.ts'

/** What happened to one object. One that was deleted and made anew is removed, then created. */
export interface Change {
  readonly kind: Kind
  readonly key: Key
  readonly verb: 'created' | 'changed' | 'removed'
}

/** Where Snapshots come from: an API server, or a folder of manifests. */
export interface ObjectSource {
  /** Runs until `signal`. Rejects only for a bug or for a setting that can never work. */
  start(signal: AbortSignal): Promise<void>
  /** Resolves when every kind was completely read once. */
  readonly synced: Promise<void>
  readonly isSynced: boolean
  /**
   * Calls `listener` after the Snapshot changed, with all changes that arrived together. There may be
   * none: then only diagnostics changed, or the readability of IngressClasses.
   */
  onChange(listener: (changes: readonly Change[]) => void): void
  /** The present state. The same object is returned until something changes. */
  snapshot(): Snapshot
}
