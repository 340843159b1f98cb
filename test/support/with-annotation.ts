import { annotations, annotationsByName } from '../../src/annotations/registry.ts'
import type { Ingress } from '../../src/objects/kinds.ts'
import { ingress } from './snapshots.ts'

const shop = { name: 'web', namespace: 'shop', host: 'shop.example.com' }

/**
 * An Ingress with an annotation, with what that means something beside, and for a canary the Ingress whose
 * it is. An empty value is none.
 */
export function withAnnotation(
  name: string,
  value: string,
  more: Readonly<Record<string, string>> = {},
  at: typeof shop = shop,
): readonly Ingress[] {
  const found = annotationsByName.get(name)
  const annotations = { ...found?.field.beside, ...more, [name]: value }
  const one = ingress({ ...at, annotations, order: 1 })
  if (found?.feature.name !== 'canary') return [one]
  return [ingress({ ...at, name: 'main' }), { ...one, rules: toOtherPort(one) }]
}

const toOtherPort = ({ rules }: Ingress): Ingress['rules'] =>
  rules.map((rule) => ({
    ...rule,
    paths: (rule.paths ?? []).map((path) => ({
      ...path,
      backend: { kind: 'service' as const, name: 'web', port: 8080 },
    })),
  }))

/** An Ingress with every annotation at once, but for what takes its paths away. */
export const everythingOver = (protocol: string): Ingress =>
  ingress({
    name: `all-${protocol.toLowerCase()}`,
    host: `all-${protocol.toLowerCase()}.example.com`,
    paths: ['/(a)/(b)', '/'],
    pathType: 'ImplementationSpecific',
    annotations: {
      ...Object.fromEntries(
        [...annotations]
          .filter(([, { feature }]) => !['canary', 'permanent-redirect'].includes(feature.name))
          .map(([name, { field }]) => [name, field.accepts[0]]),
      ),
      'backend-protocol': protocol,
    },
  })
