// Whatever tenants write: a translation does not fail, prints exactly the tree it made, depends on
// nothing but the objects, and nginx accepts it.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as fc from 'fast-check'
import { everyAbility } from '../../src/model/abilities.ts'
import type { KubernetesObject } from '../../src/objects/kinds.ts'
import { snapshotOf } from '../../src/objects/snapshot.ts'
import type { TranslateOptions } from '../../src/translate/translation.ts'
import { basics, cluster } from '../support/arbitrary.ts'
import { judges } from '../support/nginx-verdict.ts'
import { readConfiguration } from '../support/nginx-grammar.ts'
import { predicted } from '../support/predicted.ts'
import { configMapKey } from '../support/snapshots.ts'
import { optionsOf, translated } from '../support/translated.ts'

const flags = [`--configmap=${configMapKey}`]
/** Whether nginx asks for endpoints or finds them in its configuration. */
const way = fc.constantFrom('resolve' as const, 'reload' as const)
type Way = TranslateOptions['endpointUpdates']
const options = (endpointUpdates: Way) => ({ ...optionsOf(flags), endpointUpdates })
const snapshotWith = (objects: readonly KubernetesObject[]) => snapshotOf([...basics, ...objects])

void test('the printed text is the tree, word for word', () => {
  fc.assert(
    fc.property(cluster, way, (objects, updates) => {
      const { config, text, bundle } = translated(snapshotWith(objects), options(updates))
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

const asking: readonly string[] = ['deny', 'auth_basic', 'auth_request']

// nginx answers `return` before it looks at who may enter, and after `rewrite … break` it sets nothing
// and asks nothing more.
void test('nothing in a location is passed over', () => {
  fc.assert(
    fc.property(cluster, way, fc.boolean(), (objects, updates, resolve) => {
      const abilities = { ...everyAbility, resolve }
      const { config } = translated(snapshotWith(objects), { ...options(updates), abilities })
      for (const { locations } of config.servers)
        for (const { directives } of locations) {
          const names = directives.map(({ name }) => name ?? '')
          if (names.some((name) => asking.includes(name)))
            assert.equal(names.includes('return'), false, names.join(' '))
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
      way,
      ([objects, shuffled], updates) => {
        const reversed = [...shuffled, ...basics.toReversed()]
        const one = translated(snapshotWith(objects), options(updates))
        const other = translated(snapshotOf(reversed), options(updates))
        assert.equal(other.text, one.text)
        assert.equal(other.complaints, one.complaints)
        assert.deepEqual(other.endpoints, one.endpoints)
      },
    ),
    { numRuns: 200 },
  )
})

const judged = await judges()
after(() => Promise.all(judged.map((judge) => judge.close())))

for (const judge of judged)
  for (const updates of ['resolve', 'reload'] as const)
    if (updates === 'reload' || judge.place.abilities.resolve)
      void test(`nginx ${judge.version} accepts every translation: ${updates}`, async () => {
        await fc.assert(
          fc.asyncProperty(cluster, async (objects) => {
            const place = { ...options(updates), ...judge.place }
            const { bundle } = translated(snapshotWith(objects), place)
            assert.equal(await judge.complaints(bundle), '')
          }),
          { numRuns: Number(process.env['SLUICE_TEST_RUNS'] ?? 40) },
        )
      })
