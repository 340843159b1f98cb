// nginx refuses a whole configuration in which something uses what nothing defines. So an Ingress of which
// nothing, or only a part, is served must leave none of that behind: every example of every annotation, on
// Ingresses that lost, that are refused and that lead nowhere.

import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { annotations } from '../src/annotations/registry.ts'
import type { Ingress } from '../src/objects/kinds.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { judges } from './support/nginx-verdict.ts'
import type { Judge } from './support/nginx-verdict.ts'
import { ingress, withBasics } from './support/snapshots.ts'
import { optionsOf, translated } from './support/translated.ts'
import { withAnnotation } from './support/with-annotation.ts'

const judged = await judges()
after(() => Promise.all(judged.map((judge) => judge.close())))

const examples = [...annotations].flatMap(([name, { field }], i) =>
  field.accepts.map((value, j) => ({ name, value, host: `one-${i}-${j}.example.com` })),
)

const prefix = 'nginx.ingress.kubernetes.io/'
const missing = { kind: 'service' as const, name: 'missing', port: 80 }

/** What happens to the Ingress of an example, and what else there is. */
const fates: Readonly<Record<string, (one: Ingress, host: string) => readonly Ingress[]>> = {
  'an older Ingress has all of its paths': (one, host) => [
    ingress({ name: `older-${host}`, host, order: 0 }),
    { ...one, order: 2 },
  ],
  'it is refused': (one) => [
    { ...one, annotations: new Map([...one.annotations, [`${prefix}server-snippet`, 'x']]) },
  ],
  'it is refused, and a wildcard would take its host': (one) => [
    { ...one, annotations: new Map([...one.annotations, [`${prefix}server-snippet`, 'x']]) },
    ingress({ name: 'wildcard', host: '*.example.com' }),
  ],
  'its paths lead to no Service': (one) => [
    { ...one, rules: one.rules.map((rule) => ({ ...rule, paths: pathsTo(rule.paths, missing) })) },
  ],
  'its paths lead to a resource': (one) => [
    {
      ...one,
      rules: one.rules.map((rule) => ({
        ...rule,
        paths: pathsTo(rule.paths, { kind: 'resource', resource: 'Bucket' }),
      })),
    },
  ],
  'its rules have no paths': (one) => [
    { ...one, rules: one.rules.map((rule) => ({ ...rule, paths: [] })) },
  ],
  'it has a default backend and no rules': (one) => [
    { ...one, rules: [], defaultBackend: { kind: 'service', name: 'web', port: 80 } },
  ],
}

type Paths = Ingress['rules'][number]['paths']
type Backend = NonNullable<Ingress['defaultBackend']>
const pathsTo = (paths: Paths, backend: Backend): Paths =>
  paths?.map((path) => ({ ...path, backend }))

const modesOf = ({ place }: Judge) =>
  place.abilities.resolve ? (['reload', 'resolve'] as const) : (['reload'] as const)

for (const [fate, made] of Object.entries(fates))
  void suite(fate, () => {
    for (const judge of judged)
      for (const endpointUpdates of modesOf(judge))
        void test(`nginx ${judge.version} takes what is left, in mode ${endpointUpdates}`, async () => {
          const options = { ...optionsOf(), ...judge.place, endpointUpdates }
          const complaintsOf = async (some: typeof examples): Promise<string> => {
            const objects = some.flatMap(({ name, value, host }) =>
              withAnnotation(name, value, {}, { name: host, namespace: 'shop', host }).flatMap(
                (one) => made(one, host),
              ),
            )
            return judge.complaints(translated(snapshotOf(withBasics(...objects)), options).bundle)
          }
          const complaints = await complaintsOf(examples)
          if (complaints === '') return
          // one after another, to name it
          for (const example of examples)
            assert.equal(await complaintsOf([example]), '', JSON.stringify(example))
          assert.fail(complaints)
        })
  })
