import type { Diagnostic } from '../diagnostics.ts'
import type { Ingress } from '../objects/kinds.ts'
import { keyOf } from '../objects/meta.ts'

/** `1 of 3 ingresses is served, 1 is of another class; 1 error, 0 warnings` */
export function summary(
  ingresses: readonly Ingress[],
  served: readonly Ingress[],
  diagnostics: readonly Diagnostic[],
): string {
  const told = new Set(
    diagnostics.flatMap(({ object }) => (object.kind === 'Ingress' ? [keyOf(object)] : [])),
  )
  const isServed = new Set(served)
  // Of an Ingress that others serve nothing is said.
  const others = ingresses.filter((each) => !isServed.has(each) && !told.has(keyOf(each))).length
  // Those that cannot be read are known by what is said of them.
  const all = new Set([...ingresses.map(keyOf), ...told]).size
  const count = (severity: Diagnostic['severity']): string => {
    const number = diagnostics.filter((each) => each.severity === severity).length
    return `${number} ${severity}${number === 1 ? '' : 's'}`
  }
  return [
    `${served.length} of ${all} ${all === 1 ? 'ingress' : 'ingresses'} ${are(served.length)} served`,
    ...(others === 0 ? [] : [`, ${others} ${are(others)} of another class`]),
    `; ${count('error')}, ${count('warning')}`,
  ].join('')
}

const are = (number: number): string => (number === 1 ? 'is' : 'are')
