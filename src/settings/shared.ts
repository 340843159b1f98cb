import type { Feature, Field, Fields, Key } from '../annotations/feature.ts'
import { directive, grpcNameOf } from '../model/directive.ts'
import type { Directive } from '../model/directive.ts'
import { setting } from './setting.ts'
import type { Setting } from './setting.ts'

/** The keys of the ConfigMap that the annotations of a feature have. */
type Shared<F extends Fields> = {
  readonly [K in keyof F as F[K] extends { readonly key: object } ? K : never]: F[K] extends Field<
    infer T
  >
    ? Setting<T>
    : never
}

/** The keys that annotations of `feature` have in the ConfigMap, by the same names. */
export function keysOf<F extends Fields>({ fields }: Feature<F>): Shared<F> {
  const shared = Object.entries(fields).flatMap(([name, field]) =>
    field.key === undefined ? [] : [[name, settingOf(field, field.key)] as const],
  )
  return Object.fromEntries(shared) as unknown as Shared<F>
}

/** The key of the ConfigMap for `field`. Its directives go to http, also by the names that they have for gRPC. */
export const settingOf = <T>(
  field: Field<T>,
  { default: standard, closed, ...key }: Key<T>,
): Setting<T> =>
  setting({
    summary: key.summary ?? field.summary,
    value: key.value ?? field.value,
    default: standard,
    aliases: key.aliases ?? [],
    accepts: key.accepts ?? field.accepts,
    rejects: key.rejects ?? field.rejects,
    http: (value) => (field.tuning?.(value) ?? []).flatMap(withTwin),
    ...(closed === undefined ? {} : { closed }),
  })

function withTwin(line: Directive): readonly Directive[] {
  if (line.name === undefined) return [line]
  const name = grpcNameOf(line.name)
  return name === undefined || name === line.name ? [line] : [line, directive(name, ...line.args)]
}
