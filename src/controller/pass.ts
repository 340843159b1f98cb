import type { Change } from '../cluster/source.ts'
import type { Diagnostic } from '../diagnostics.ts'
import type { Outcome } from '../nginx/publish.ts'

/** What a pass that was not overtaken came to. */
export type Brought = Exclude<Outcome, { readonly kind: 'overtaken' }>

/** One reconcile and what it came to. */
export interface Pass {
  /** Counts from 1. */
  readonly number: number
  /** What had changed since the pass before; the first few of very many. */
  readonly changes: readonly Change[]
  /** What else had, as `touch` was told. */
  readonly reasons: readonly string[]
  readonly result: Brought | { readonly kind: 'failed'; readonly error: unknown }
  /** Those that this pass was the first, or the first no longer, to find. */
  readonly added: readonly Diagnostic[]
  readonly resolved: readonly Diagnostic[]
  readonly servers: number
  readonly ms: number
}
