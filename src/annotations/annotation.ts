import type { Directive } from '../model/directive.ts'
import type { Policy } from './policy.ts'
import type { Value } from './values.ts'

/** Directives for the location, or typed fields for the rest of the program. */
export type Effect = readonly Directive[] | Partial<Policy>

/** What a value that cannot be used does to its Ingress. What protects fails closed. */
export type Failure =
  | 'default' /* as if the annotation were absent */
  | 'deny' /* the locations answer 503 */
  | 'refuse' /* the Ingress is not served */

interface Entry<T> {
  /** One or two sentences for the documentation. */
  readonly summary: string
  /** What one value applies to. */
  readonly scope: 'location' | 'server' | 'upstream'
  readonly value: Value<T>
  /** Other names with the same meaning, which count only where this one is absent. */
  readonly aliases?: readonly string[]
  /** Its unit tests; the first one is the example in the documentation. */
  readonly accepts: readonly [string, ...string[]]
  readonly rejects: readonly string[]
  /** `default` unless given. */
  readonly onInvalid?: Failure
  readonly apply: (value: T) => Effect
}

/** An entry whose value's type only itself knows. */
export interface Annotation extends Omit<
  Entry<unknown>,
  'value' | 'apply' | 'aliases' | 'onInvalid'
> {
  readonly expected: string
  readonly aliases: readonly string[]
  readonly onInvalid: Failure
  /** The effect of `text`; undefined if it is not what is expected. */
  readonly read: (text: string) => Effect | undefined
}

export function annotation<T>({
  value,
  apply,
  aliases = [],
  onInvalid = 'default',
  ...rest
}: Entry<T>): Annotation {
  return {
    ...rest,
    aliases,
    onInvalid,
    expected: value.expected,
    read: (text) => {
      const parsed = value.parse(text)
      return parsed === undefined ? undefined : apply(parsed)
    },
  }
}

export const isPolicy = (effect: Effect): effect is Partial<Policy> => !Array.isArray(effect)
