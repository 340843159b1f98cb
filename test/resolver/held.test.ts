// Which questions wait, and which worker was told.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Held } from '../../src/resolver/held.ts'
import { relation, untold, withTelling } from '../../src/resolver/tellings.ts'

const question = (name: string, bytes: string) => ({ name, bytes })

test('a question waits while it is sent again, and is given up when it is not', () => {
  const held = new Held()
  const [kept, gone] = [question('a', '1a'), question('a', '2a')]
  held.add(kept, 0)
  held.add(gone, 0)
  for (let now = 5_000; now <= 60_000; now += 5_000) {
    assert.equal(held.again('1a', now), kept)
    held.add(question('b', `${now}b`), now) // others come and go
  }
  assert.equal(held.again('2a', 60_000), undefined)
  assert.ok(held.size <= 5)
  assert.deepEqual(held.take('a'), [kept])
  assert.equal(held.again('1a', 60_001), undefined)
})

test('one that comes twice before it is looked at waits once', () => {
  const held = new Held()
  const [first, second] = [question('a', '1a'), question('a', '1a')]
  held.add(first, 0)
  held.add(second, 1)
  assert.deepEqual(held.take('a'), [second])
  assert.equal(held.size, 0)
})

test('for each answer one question after the pause is from a worker that was told', () => {
  const told = withTelling(withTelling(untold, 1, 5_000), 2, 5_001)
  const kindOf = (tellings: typeof told, id: number, seenSince: number, now: number) =>
    relation(tellings, id, seenSince, now).kind
  assert.equal(kindOf(untold, 3, 0, 6_001), 'none')
  assert.equal(kindOf(told, 3, 0, 5_500), 'none') // no worker comes back so early
  assert.equal(kindOf(told, 3, 5_999, 6_001), 'none') // a new worker
  const first = relation(told, 3, 0, 6_001)
  assert.equal(first.kind, 'after')
  const second = relation(first.rest, 4, 0, 6_002)
  assert.equal(second.kind, 'after')
  assert.equal(kindOf(second.rest, 5, 0, 6_003), 'none')
})

test('the question that was answered, once more: its answer is on its way at first, and lost then', () => {
  const told = withTelling(untold, 1, 5_000)
  assert.equal(relation(told, 1, 0, 5_001).kind, 'crossing')
  assert.equal(relation(told, 1, 0, 9_500).kind, 'again')
  assert.deepEqual(withTelling(told, 1, 9_500), [{ id: 1, at: 9_500 }])
})
