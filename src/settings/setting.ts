import type { Value } from '../annotations/values.ts'
import type { Directive } from '../model/directive.ts'

/** One key of the `nginx-configuration` ConfigMap. */
export interface Setting<T> {
  /** One or two sentences for the documentation. */
  readonly summary: string
  readonly value: Value<T>
  /** What counts where the ConfigMap has no such key, as a user would write it. */
  readonly default: string
  /** What counts where a value cannot be read, and what that means: what protects fails closed. Else the default. */
  readonly closed?: { readonly value: NoInfer<T>; readonly meaning: string }
  /** What of a value that was read counts for nothing, in words; undefined if all of it counts. */
  readonly leftOut: (value: T) => string | undefined
  /** Old names, which count only where this one is absent. */
  readonly aliases: readonly string[]
  /** Its unit tests. */
  readonly accepts: readonly string[]
  readonly rejects: readonly string[]
  /** Directives of the http context, where that is all there is to the key. */
  readonly http: (value: T) => readonly Directive[]
  readonly main: (value: T) => readonly Directive[]
  /** Directives of the one TLS context that all hosts share. */
  readonly tls: (value: T) => readonly Directive[]
}

const nothing = (): readonly Directive[] => []
const none = (): undefined => undefined

type Optional = 'aliases' | 'leftOut' | 'http' | 'main' | 'tls' | 'rejects'

export function setting<T>(
  entry: Omit<Setting<T>, Optional> & Partial<Pick<Setting<T>, Optional>>,
): Setting<T> {
  const optional = { aliases: [], rejects: [], leftOut: none }
  return { ...optional, http: nothing, main: nothing, tls: nothing, ...entry }
}
