// Whatever tenants write: a translation does not fail, prints exactly the tree it made, depends on
// nothing but the objects, and nginx accepts it.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as fc from 'fast-check'
import { everyAbility } from '../../src/model/abilities.ts'
import type { KubernetesObject } from '../../src/objects/kinds.ts'
import { snapshotOf } from '../../src/objects/snapshot.ts'
import { translator } from '../../src/translate/translate.ts'
import { basics, cluster } from '../support/arbitrary.ts'
import { judges } from '../support/nginx-verdict.ts'
import { readConfiguration } from '../support/nginx-grammar.ts'
import { predicted } from '../support/predicted.ts'
import { configMapKey } from '../support/snapshots.ts'
import { optionsOf, translated, translatedBy } from '../support/translated.ts'

const flags = [`--configmap=${configMapKey}`]
const options = () => optionsOf(flags)
const snapshotWith = (objects: readonly KubernetesObject[]) => snapshotOf([...basics, ...objects])

void test('the printed text is the tree, word for word', () => {
  fc.assert(
    fc.property(cluster, (objects) => {
      const { config, text, bundle } = translated(snapshotWith(objects), options())
      const tree = JSON.stringify(predicted(config)).replace('sluice_generation', bundle.digest)
      assert.deepEqual(readConfiguration(text), JSON.parse(tree, undefinedBlock))
    }),
    { numRuns: 300 },
  )
})

/** JSON leaves out what is undefined. */
const undefinedBlock = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'words' in value && !('block' in value)
    ? { ...value, block: undefined }
    : value

// nginx answers `return` before it looks at who may enter, and after `rewrite … break` it sets nothing
// and asks nothing more.
void test('nothing in a location is passed over', () => {
  fc.assert(
    fc.property(cluster, fc.boolean(), (objects, resolve) => {
      const abilities = { ...everyAbility, resolve }
      const { config } = translated(snapshotWith(objects), { ...options(), abilities })
      for (const { locations } of config.servers)
        for (const { directives } of locations) {
          const names = directives.map(({ name }) => name ?? '')
          if (names.includes('deny')) assert.equal(names.includes('return'), false, names.join(' '))
          const rewrite = names.indexOf('rewrite')
          if (rewrite === -1) continue
          assert.equal(names.lastIndexOf('rewrite'), rewrite)
          for (const name of names.slice(rewrite + 1)) assert.match(name, /^(?:proxy|grpc)_/)
        }
    }),
    { numRuns: 300 },
  )
})

void test('the order of the objects changes nothing', () => {
  fc.assert(
    fc.property(
      cluster.chain((objects) =>
        fc.tuple(
          fc.constant(objects),
          fc.shuffledSubarray([...objects], { minLength: objects.length }),
        ),
      ),
      ([objects, shuffled]) => {
        const one = translated(snapshotWith(objects), options())
        const other = translated(snapshotOf([...shuffled, ...basics.toReversed()]), options())
        assert.equal(other.text, one.text)
        assert.equal(other.complaints, one.complaints)
      },
    ),
    { numRuns: 200 },
  )
})

void test('what was translated before changes nothing', () => {
  fc.assert(
    fc.property(fc.array(cluster, { minLength: 2, maxLength: 4 }), (clusters) => {
      // each time some objects change, some go, and those that stay are the same objects
      const all = clusters.flat()
      const translate = translator(options())
      for (let round = 0; round < 6; round++) {
        const objects = all.filter((_, i) => (i * 7 + round * 5) % 11 < 8)
        const snapshot = snapshotWith(objects)
        const remembered = translatedBy(translate, snapshot)
        const fresh = translated(snapshot, options())
        assert.equal(remembered.text, fresh.text)
        assert.equal(remembered.complaints, fresh.complaints)
        assert.deepEqual(
          remembered.config.files.map(({ digest }) => digest),
          fresh.config.files.map(({ digest }) => digest),
        )
      }
    }),
    { numRuns: 40 },
  )
})

const judged = await judges()
after(() => Promise.all(judged.map((judge) => judge.close())))

for (const judge of judged)
  void test(`nginx ${judge.version} accepts every translation`, async () => {
    await fc.assert(
      fc.asyncProperty(cluster, async (objects) => {
        const { bundle } = translated(snapshotWith(objects), { ...options(), ...judge.place })
        assert.equal(await judge.complaints(bundle), '')
      }),
      { numRuns: Number(process.env['SLUICE_TEST_RUNS'] ?? 60) },
    )
  })
