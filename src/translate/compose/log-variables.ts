import { locationVariables } from '../../annotations/contribution.ts'
import type { Header, LocationVariable } from '../../annotations/contribution.ts'
import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { nginx, word } from '../../model/token.ts'
import type { Word } from '../../model/token.ts'
import type { Ingress, PortRef } from '../../objects/kinds.ts'
import { shownVariables } from '../../settings/access-log.ts'
import type { Settings } from '../../settings/table.ts'

/** An Ingress, and the Service that a path of it leads to. */
export interface Whose {
  readonly ingress: Ingress
  readonly service: string
  readonly port: PortRef
}

const names = {
  namespace: nginx`$namespace`,
  ingress_name: nginx`$ingress_name`,
  service_name: nginx`$service_name`,
  service_port: nginx`$service_port`,
} as const

/** Those that a location sets: what the access log shows, and what `headers` hold. */
export const variablesOf = (
  headers: readonly Header[],
  settings: Settings,
): readonly LocationVariable[] =>
  locationVariables.filter(
    (name) =>
      shownVariables(settings).has(name) ||
      headers.some(({ variables }) => variables?.includes(name) === true),
  )

/** Those of `headers` whose values can be told of `whose`. nginx refuses a variable that nothing sets. */
export function knownHeaders(
  headers: readonly Header[],
  whose: Whose | undefined,
): readonly Header[] {
  const isKnown = ({ variables = [] }: Header): boolean =>
    variables.every((name) => valueOf(name, whose) !== undefined)
  return headers.every(isKnown) ? headers : headers.filter(isKnown)
}

/** Sets `wanted`, as far as they can be printed. */
export const variableLines = (
  wanted: readonly LocationVariable[],
  whose: Whose | undefined,
): readonly Directive[] =>
  wanted.flatMap((name) => {
    const value = valueOf(name, whose)
    return value === undefined ? [] : [directive('set', names[name], value)]
  })

/** Undefined where it is nobody's path, or text that nobody validated. */
function valueOf(name: LocationVariable, whose: Whose | undefined): Word | undefined {
  if (whose === undefined) return undefined
  const values = {
    namespace: whose.ingress.namespace,
    ingress_name: whose.ingress.name,
    service_name: whose.service,
    service_port: String(whose.port),
  }
  return /^[a-z0-9.-]+$/.test(values[name]) ? word(values[name]) : undefined
}
