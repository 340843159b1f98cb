import type { Ingress } from '../../objects/kinds.ts'
import type { Context } from '../context.ts'
import { servedIngresses } from './classes.ts'

/** Ingresses of our class that may be served at all, oldest first. */
export function acceptedIngresses(
  context: Pick<Context, 'snapshot' | 'options' | 'report'>,
): readonly Ingress[] {
  const { options, report } = context
  return servedIngresses(context).filter((ingress) => {
    if (options.disableCatchAll && ingress.defaultBackend !== undefined) {
      report({
        code: 'ingress-refused',
        severity: 'error',
        object: ingress,
        field: 'spec.defaultBackend',
        problem: '--disable-catch-all forbids default backends',
        instead: 'the Ingress is not served',
      })
      return false
    }
    if (ingress.rules.length === 0 && ingress.defaultBackend === undefined) {
      report({
        code: 'object-invalid',
        severity: 'error',
        object: ingress,
        field: 'spec',
        problem: 'expected rules or a defaultBackend, got neither',
        instead: 'the Ingress is not served',
      })
      return false
    }
    return true
  })
}
