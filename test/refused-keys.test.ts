import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedKeys } from '../src/controller/refused-keys.ts'
import type { Rejected } from '../src/controller/refused-keys.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import type { Snapshot } from '../src/objects/snapshot.ts'
import { configMap, configMapKey } from './support/snapshots.ts'
import { VirtualClock } from './support/virtual-clock.ts'

const path = '/nonexistent/access.log'
const snapshotWith = (data: Readonly<Record<string, string>>) => snapshotOf([configMap(data)])
const refusalOf = (field?: string, object?: string): Rejected => ({
  kind: 'rejected',
  digest: '00',
  stderr: `[warn] odd\n[emerg] open() "${path}" failed (2: No such file or directory)`,
  place: {
    line: 3,
    text: '',
    ...(field === undefined ? {} : { field }),
    ...(object === undefined ? {} : { object }),
  },
})
const refusedIn = (snapshot: Snapshot): readonly string[] => [
  ...(snapshot.configMaps.get(configMapKey)?.refused?.keys() ?? []),
]

test('a key that nginx refuses is told with its words, and the ConfigMap stays one object', () => {
  const keys = new RefusedKeys(configMapKey)
  const snapshot = snapshotWith({ 'access-log-path': path, 'keep-alive': '10' })
  assert.equal(keys.told(snapshot), snapshot)
  assert.equal(keys.learn(refusalOf('access-log-path')), true)
  const told = keys.told(snapshot)
  assert.deepEqual(
    [...(told.configMaps.get(configMapKey)?.refused ?? [])],
    [['access-log-path', `open() "${path}" failed (2: No such file or directory)`]],
  )
  assert.equal(keys.told(snapshot).configMaps.get(configMapKey), told.configMaps.get(configMapKey))
  assert.equal(keys.learn(refusalOf('access-log-path')), false, 'a second time it is not new')
})

test('what is of no key, of an absent one or of a tenant is not learnt', () => {
  const keys = new RefusedKeys(configMapKey)
  keys.told(snapshotWith({ 'access-log-path': path }))
  assert.equal(keys.learn(refusalOf()), false)
  assert.equal(keys.learn(refusalOf('keep-alive')), false)
  assert.equal(keys.learn(refusalOf('access-log-path', 'Ingress shop/web')), false)
  assert.equal(keys.learn({ kind: 'rejected', digest: '00', stderr: '[emerg] x' }), false)
  assert.equal(keys.learn(refusalOf('access-log-path', 'Sluice built in')), true)
})

test('another value counts at once, the same one is tried again, ever more seldom', async () => {
  const clock = new VirtualClock()
  const keys = new RefusedKeys(configMapKey, clock)
  const snapshot = snapshotWith({ 'access-log-path': path })
  keys.told(snapshot)
  assert.equal(keys.retryAt, Number.POSITIVE_INFINITY)
  const pauses: number[] = []
  for (let i = 0; i < 8; i++) {
    assert.equal(keys.learn(refusalOf('access-log-path')), true)
    const pause = keys.retryAt - clock.now()
    pauses.push(pause)
    await clock.advance(pause - 1)
    assert.deepEqual(refusedIn(keys.told(snapshot)), ['access-log-path'])
    await clock.advance(1)
    assert.deepEqual(refusedIn(keys.told(snapshot)), [])
  }
  assert.deepEqual(
    pauses.map((ms) => ms / 60_000),
    [1, 2, 4, 8, 16, 32, 60, 60],
  )

  assert.equal(keys.learn(refusalOf('access-log-path')), true)
  assert.deepEqual(refusedIn(keys.told(snapshotWith({ 'access-log-path': '/dev/null' }))), [])
  assert.deepEqual(refusedIn(keys.told(snapshot)), [], 'and the old one is new again')
})
