import type { Diagnostic } from '../diagnostics.ts'
import type { Directive } from '../model/directive.ts'
import type { Origin } from '../model/origin.ts'
import type { Word } from '../model/token.ts'
import type { Contribution } from './contribution.ts'
import type { Look } from './look.ts'
import type { Policy } from './policy.ts'
import type { Value } from './values.ts'

/** What a value that cannot be used does to its Ingress. What protects fails closed. */
export type Failure =
  | 'default' /* as if the annotation were absent */
  | 'deny' /* the paths answer 503 */
  | 'refuse' /* the Ingress is not served; where another one would take its paths, they answer 503 */

/** One annotation: what it is, what it accepts, and what comes of it where that is simple. */
export interface Field<T> {
  /** One or two sentences for the documentation. */
  readonly summary: string
  readonly value: Value<T>
  /** Other names with the same meaning, which count only where this one is absent. */
  readonly aliases?: readonly string[]
  /** Its unit tests; the first one is the example in the documentation. */
  readonly accepts: readonly [string, ...string[]]
  readonly rejects: readonly string[]
  /** `default` unless given. */
  readonly onInvalid?: Failure
  /** Values of ingress-nginx that this version does not implement, in lower case: the paths answer 503. */
  readonly unserved?: readonly string[]
  /** Annotations without which the first accepted value would have no effect. */
  readonly beside?: Readonly<Record<string, string>>
  /** Directives of the location, where that is all there is to it. */
  tuning?(value: T): readonly Directive[]
  /** What the structure of the configuration depends on. */
  policy?(value: T): Partial<Policy>
  /** The ConfigMap has a key for it, too, which counts where no annotation does. */
  readonly key?: Key<T>
}

/** The key of the ConfigMap for an annotation. What it leaves open is as the annotation has it. */
export interface Key<T> {
  /** As a user would write it. */
  readonly default: string
  readonly summary?: string
  readonly value?: Value<T>
  readonly aliases?: readonly string[]
  readonly accepts?: readonly string[]
  readonly rejects?: readonly string[]
  /** What counts where a value cannot be read, and what that means, for what protects. Else the default. */
  readonly closed?: { readonly value: NoInfer<T>; readonly meaning: string }
}

export const field = <T>(entry: Field<T>): Field<T> => entry

/** As `field`, of an annotation for which the ConfigMap has a key. */
export const sharedField = <T>(
  entry: Field<T> & { readonly key: Key<T> },
): Field<T> & { readonly key: Key<T> } => entry

export type Fields = Readonly<Record<string, Field<unknown>>>

/** The values of the annotations that are given, or else of their keys in the ConfigMap. */
export type Given<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Field<infer T> ? T : never
}

/** What a feature may know beside the values of its annotations. */
export interface About<Name extends string = string> {
  readonly namespace: string
  readonly name: string
  /** Of its rules, in lower case; empty for any. */
  readonly hosts: readonly string[]
  readonly look: Look
  readonly request: Request
  /** Absolute path of the directory that nginx and Sluice share. */
  readonly stateDir: string
  /** Paths that nobody is asked at who he is, with everything that begins so. */
  readonly exempt: readonly string[]
  /** Whether the Ingress has the annotation, even if its value cannot be read. */
  readonly isGiven: (annotation: Name) => boolean
  /** The origin of a directive that an annotation caused. */
  readonly from: (annotation: Name) => Origin
  /** What protects cannot be applied: the paths answer 503. */
  readonly deny: (annotation: Name, problem: Pick<Diagnostic, 'code' | 'problem'>) => undefined
  /** Something does not work as written; `instead` says what happens. */
  readonly warn: (
    annotation: Name,
    problem: Pick<Diagnostic, 'code' | 'problem' | 'instead'>,
  ) => undefined
}

/** Variables that http defines: who asks, for what, and how. */
export interface Request {
  /** The address of the client; `$remote_addr` or what stands for it. */
  readonly client: Word
  /** The scheme that the client used, as far as it is known. */
  readonly scheme: Word
  /** The host that the client asked for, with its port. */
  readonly host: Word
}

/** Annotations that mean something together, and what they add to nginx.conf. */
export interface Feature<F extends Fields = Fields> {
  readonly name: string
  readonly fields: F
  /** Also for Ingresses with none of the annotations, because the ConfigMap has a key of it. */
  readonly isForAll: boolean
  contribute?(given: Given<F>, about: About<keyof F & string>): Contribution | undefined
}

export function feature<const F extends Fields>(
  name: string,
  fields: F,
  contribute?: Feature<F>['contribute'],
): Feature<F> {
  const isForAll = contribute !== undefined && Object.values(fields).some(({ key }) => key)
  return contribute === undefined
    ? { name, fields, isForAll }
    : { name, fields, isForAll, contribute }
}
