// The map of a kind, and what it handed out: against plain maps that are copied each time.

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as fc from 'fast-check'
import { differing, SharedMap } from '../src/cluster/shared-map.ts'

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('set' as const), key: fc.nat(60), value: fc.nat(3) }),
    fc.record({ do: fc.constant('delete' as const), key: fc.nat(60) }),
    fc.record({ do: fc.constant('share' as const) }),
  ),
  { maxLength: 300 },
)

type Step = typeof steps extends fc.Arbitrary<readonly (infer T)[]> ? T : never

interface Handed {
  readonly map: ReadonlyMap<number, number>
  readonly copy: ReadonlyMap<number, number>
}

/** What was handed out while `made` was done, beside copies of a plain map at the same moments. */
function handedOut(made: readonly Step[]): readonly Handed[] {
  const shared = new SharedMap<number, number>()
  const plain = new Map<number, number>()
  const handed: Handed[] = []
  for (const step of made) {
    if (step.do === 'share') handed.push({ map: shared.share(), copy: new Map(plain) })
    else if (step.do === 'delete') {
      shared.delete(step.key)
      plain.delete(step.key)
    } else {
      shared.set(step.key, step.value)
      plain.set(step.key, step.value)
    }
    if (step.do !== 'share') assert.equal(shared.get(step.key), plain.get(step.key))
  }
  return handed
}

const sorted = (map: ReadonlyMap<number, number>): readonly (readonly [number, number])[] =>
  [...map].sort(([a], [b]) => a - b)

void suite('a shared map', () => {
  void test('that was handed out stays as it was', () => {
    fc.assert(
      fc.property(steps, (made) => {
        for (const { map, copy } of handedOut(made)) {
          assert.deepEqual(sorted(map), sorted(copy))
          assert.equal(map.size, copy.size)
          for (let key = 0; key <= 60; key++) {
            assert.equal(map.get(key), copy.get(key))
            assert.equal(map.has(key), copy.has(key))
          }
        }
      }),
    )
  })

  void test('is the same map until something is written', () => {
    const map = new SharedMap<string, number>()
    map.set('a', 1)
    const first = map.share()
    assert.equal(map.share(), first)
    map.set('b', 2)
    const second = map.share()
    assert.notEqual(second, first)
    assert.equal(map.share(), second)
  })

  void test('tells what differs between two that it handed out', () => {
    fc.assert(
      fc.property(steps, (made) => {
        const handed = handedOut(made)
        for (const [i, a] of handed.entries())
          for (const b of handed.slice(i, i + 5)) {
            const keys = [...new Set([...a.copy.keys(), ...b.copy.keys()])]
            const expected = keys.filter((key) => a.copy.get(key) !== b.copy.get(key))
            assert.deepEqual(differing(a.map, b.map), new Set(expected))
          }
      }),
    )
  })
})
