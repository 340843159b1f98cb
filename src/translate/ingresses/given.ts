import type { Feature, Field } from '../../annotations/feature.ts'
import type { Ingress } from '../../objects/kinds.ts'
import type { Settings } from '../../settings/table.ts'

/** The values that annotations give, and for the others those of the ConfigMap. */
export function givenTo(
  { fields }: Feature,
  values: ReadonlyMap<string, { readonly value: unknown }>,
  settings: Settings,
): Readonly<Record<string, unknown>> {
  const standard: Readonly<Record<string, unknown>> = settings
  const given: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    const own = values.get(name)
    if (own !== undefined) given[name] = own.value
    else if (field.key !== undefined) given[name] = standard[keyName(name, field, settings)]
  }
  return given
}

/** What the ConfigMap calls an annotation, which may be one of its other names. */
export const keyName = (
  name: string,
  { aliases = [] }: Field<unknown>,
  settings: Settings,
): string => [name, ...aliases].find((each) => each in settings) ?? name

/** By name without prefix, sorted; trimmed line by line as ingress-nginx does; empty ones count as absent. */
export function givenOf(ingress: Ingress, prefix: string): ReadonlyMap<string, string> {
  const start = `${prefix}/`
  const given: [string, string][] = []
  for (const [key, value] of ingress.annotations) {
    if (!key.startsWith(start)) continue
    const text = value.includes('\n') ? trimmedLines(value).trim() : value.trim()
    if (text !== '') given.push([key.slice(start.length), text])
  }
  return new Map(given.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const trimmedLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
