import type { Value } from './values.ts'

/** The headings of `--help`, in its order. */
export const groups = [
  'Input and output',
  'Cluster',
  'Ingresses',
  'nginx',
  'Ports and health',
  'Start and stop',
  'Logs',
  'Status and leader election',
  'Metrics',
  'Admission webhook',
  'TCP, UDP and TLS passthrough',
  'Accepted for ingress-nginx, without effect',
] as const
export type Group = (typeof groups)[number]

/**
 * Whether a flag does something: `now`; `later` for one whose feature this version lacks, which
 * gets a warning where it is set; `none` for one of ingress-nginx that means nothing to Sluice,
 * with a warning; `silent` for the flags of ingress-nginx's logging library.
 */
export type Effect = 'now' | 'later' | 'none' | 'silent'

/** One flag: its name is its key in the table. */
export interface Flag<T> {
  readonly group: Group
  readonly summary: string
  readonly value: Value<unknown>
  /** As a user would write it; undefined for no value. */
  readonly default: string | undefined
  readonly effect: Effect
  readonly short?: string
  /** May be given several times: its value is the list of all. */
  readonly isList?: true
  /** For the compiler alone. */
  readonly type?: T
}

export type Table = Readonly<Record<string, Flag<unknown>>>
export type OptionsOf<T extends Table> = {
  readonly [K in keyof T]: T[K] extends Flag<infer V> ? V : never
}

interface Spec<T> {
  readonly group: Group
  readonly summary: string
  readonly value: Value<T>
  readonly effect?: Effect
  readonly short?: string
}

/** A flag that always has a value. */
export function flag<T>(spec: Spec<T> & { readonly default: string }): Flag<T> {
  return { effect: 'now', ...spec }
}

/** A flag without a default: undefined until it is given. */
export function optional<T>(spec: Spec<T>): Flag<T | undefined> {
  return { effect: 'now', default: undefined, ...spec }
}

/** A flag that may be given several times. */
export function list<T>(spec: Spec<T>): Flag<readonly T[]> {
  return { effect: 'now', default: undefined, isList: true, ...spec }
}

/** The flags of `table` named `names`. */
export function pick<T extends Table, const K extends keyof T & string>(
  table: T,
  ...names: readonly K[]
): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, table[name]])) as Pick<T, K>
}

/** `SLUICE_HTTP_PORT` */
export const environmentName = (flagName: string): string =>
  `SLUICE_${flagName.replaceAll('-', '_').toUpperCase()}`
