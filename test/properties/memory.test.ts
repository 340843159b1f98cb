// A pass remembers the ones before, and nobody can tell: after each change of a cluster the translation
// is that of somebody who sees the cluster for the first time.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Store } from '../../src/cluster/store.ts'
import type { KubernetesObject } from '../../src/objects/kinds.ts'
import { keyOf } from '../../src/objects/meta.ts'
import { snapshotOf } from '../../src/objects/snapshot.ts'
import { translator } from '../../src/translate/translate.ts'
import { basics, cluster } from '../support/arbitrary.ts'
import { change } from '../support/changes.ts'
import { configMapKey } from '../support/snapshots.ts'
import { optionsOf, translated, translatedBy } from '../support/translated.ts'
import type { Translated } from '../support/translated.ts'

const optionsFor = (endpointUpdates: 'resolve' | 'reload') => ({
  ...optionsOf([`--configmap=${configMapKey}`]),
  endpointUpdates,
})

/** Everything that others take from a translation. */
const resultOf = ({ text, complaints, config, endpoints }: Translated) => ({
  text,
  complaints,
  files: config.files.map(({ digest }) => digest),
  endpoints,
})

/** A counterexample that is somewhat smaller is found soon; the smallest would take minutes. */
const mostShrinks = 60
const start = fc.limitShrink(cluster, mostShrinks)
const changes = fc.limitShrink(fc.array(change, { minLength: 4, maxLength: 12 }), mostShrinks)

for (const mode of ['reload', 'resolve'] as const)
  void test(`what was translated before changes nothing: ${mode}`, () => {
    fc.assert(
      fc.property(start, changes, (objectsAtFirst, changesSince) => {
        // The one that runs in a controller: what did not change keeps its identity, whole maps among it.
        const store = new Store()
        const objects = new Map<string, KubernetesObject>()
        const translate = translator(optionsFor(mode))
        const first = [...basics, ...objectsAtFirst].map((object) => () => updateOf(object))
        for (const [i, each] of [...first, ...changesSince].entries()) {
          const update = each([...objects.values()])
          if (update !== undefined) {
            const name = `${update.kind} ${update.key}`
            if (update.object === undefined) objects.delete(name)
            else objects.set(name, update.object)
            store.apply([update])
          }
          if (i < first.length - 1) continue
          const remembered = translatedBy(translate, store.snapshot())
          // Copies, because much is remembered with the object that it was read from.
          const copies = [...objects.values()].map((object) => ({ ...object }))
          const fresh = translated(snapshotOf(copies), optionsFor(mode))
          assert.deepEqual(resultOf(remembered), resultOf(fresh))
        }
      }),
      { numRuns: Number(process.env['SLUICE_TEST_RUNS'] ?? 40) },
    )
  })

const updateOf = (object: KubernetesObject) => ({
  kind: object.kind,
  key: keyOf(object),
  object,
})
