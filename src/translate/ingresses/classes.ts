import { preview } from '../../diagnostics.ts'
import type { Diagnostic } from '../../diagnostics.ts'
import type { Ingress, IngressClass } from '../../objects/kinds.ts'
import { dns1123Subdomain } from '../../objects/meta.ts'
import type { Key } from '../../objects/meta.ts'
import type { Context } from '../context.ts'

const legacyAnnotation = 'kubernetes.io/ingress.class'

/** The Ingresses that this controller serves, oldest first. An Ingress of another class is nobody's error. */
export function servedIngresses({
  snapshot,
  options,
  report,
}: Pick<Context, 'snapshot' | 'options' | 'report'>): readonly Ingress[] {
  const classes = snapshot.ingressClasses
  const isOurs = ({ name, controller }: IngressClass): boolean =>
    controller === options.controllerClass ||
    (options.ingressClassByName && name === options.ingressClass)
  const defaultClass = options.appliesDefaultClass ? defaultOf(classes) : undefined

  return snapshot.ingresses.filter((ingress) => {
    if (classes !== undefined && ingress.className !== undefined) {
      const named = classes.get(ingress.className)
      if (named === undefined)
        report(unknownClass(ingress, 'spec.ingressClassName', ingress.className))
      return named !== undefined && isOurs(named)
    }
    const legacy = ingress.annotations.get(legacyAnnotation)
    if (legacy !== undefined && legacy !== '') {
      if (legacy !== options.ingressClass && !dns1123Subdomain.test(legacy))
        report(unknownClass(ingress, legacyAnnotation, legacy))
      return legacy === options.ingressClass
    }
    if (options.watchIngressWithoutClass) return true
    if (defaultClass !== undefined) return isOurs(defaultClass)
    // In a cluster there may be another controller that serves it.
    if (options.appliesDefaultClass) report(missingClass(ingress))
    return false
  })
}

function defaultOf(classes: ReadonlyMap<Key, IngressClass> | undefined): IngressClass | undefined {
  return [...(classes?.values() ?? [])].find(({ isDefault }) => isDefault)
}

const missingClass = (ingress: Ingress): Diagnostic => ({
  code: 'class-missing',
  severity: 'warning',
  object: ingress,
  field: 'spec.ingressClassName',
  problem: 'expected a class, since no IngressClass is the default',
  instead: 'the Ingress is not served, except with --watch-ingress-without-class',
})

function unknownClass(ingress: Ingress, field: string, found: string): Diagnostic {
  return {
    code: 'class-unknown',
    severity: 'warning',
    object: ingress,
    field,
    problem: `no IngressClass is named ${preview(found)}`,
    instead: 'the Ingress is not served',
  }
}
