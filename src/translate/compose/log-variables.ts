import { locationVariables } from '../../annotations/contribution.ts'
import type { LocationVariable } from '../../annotations/contribution.ts'
import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { nginx, word } from '../../model/token.ts'
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

/** Those that the access log shows. */
export const loggedVariables = (settings: Settings): readonly LocationVariable[] =>
  locationVariables.filter((name) => shownVariables(settings).has(name))

/** Sets `wanted`, as far as they can be printed. */
export function variableLines(
  wanted: readonly LocationVariable[],
  whose: Whose | undefined,
): readonly Directive[] {
  if (wanted.length === 0 || whose === undefined) return []
  const { ingress, service, port } = whose
  const values = {
    namespace: ingress.namespace,
    ingress_name: ingress.name,
    service_name: service,
    service_port: String(port),
  }
  return locationVariables
    .filter((name) => wanted.includes(name) && /^[a-z0-9.-]+$/.test(values[name]))
    .map((name) => directive('set', names[name], word(values[name])))
}
