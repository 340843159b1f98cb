import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Store } from '../src/cluster/store.ts'
import type { Update } from '../src/cluster/store.ts'
import { decode } from '../src/objects/decode.ts'
import type { Kind, KubernetesObject } from '../src/objects/kinds.ts'
import { keyOf } from '../src/objects/meta.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import type { Snapshot } from '../src/objects/snapshot.ts'

function object(kind: Kind, name: string, uid: string, rest: object): KubernetesObject {
  const creationTimestamp = `2026-01-01T00:00:0${uid.length}Z`
  const decoded = decode(kind, {
    metadata: { namespace: 'shop', name, uid, creationTimestamp, ...rest },
    ...rest,
  })
  assert.ok('object' in decoded)
  return decoded.object
}

const slice = (name: string, uid: string, service: string): KubernetesObject =>
  object('EndpointSlice', name, uid, {
    labels: { 'kubernetes.io/service-name': service },
    addressType: 'IPv4',
  })

const put = (each: KubernetesObject): Update => ({
  kind: each.kind,
  key: keyOf(each),
  object: each,
})

const sorted = <V>(map: ReadonlyMap<string, V>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))

/** In an order that depends on nothing but the objects. */
function canonical(snapshot: Snapshot): unknown {
  return {
    ingresses: snapshot.ingresses,
    services: sorted(snapshot.services),
    secrets: sorted(snapshot.secrets),
    slices: sorted(snapshot.endpointSlices).map(([key, slices]) => [
      key,
      [...slices].sort((a, b) => (a.name < b.name ? -1 : 1)),
    ]),
  }
}

const names = fc.constantFrom('a', 'b', 'c', 'd')
const uids = fc.constantFrom('1', '22', '333')
const updates = fc.array(
  fc.oneof(
    fc.tuple(names, uids).map(([name, uid]) => put(object('Ingress', name, uid, {}))),
    fc.tuple(names, uids).map(([name, uid]) => put(object('Service', name, uid, {}))),
    fc.tuple(names, uids, names).map(([name, uid, of]) => put(slice(name, uid, of))),
    fc
      .tuple(fc.constantFrom<Kind>('Ingress', 'Service', 'EndpointSlice'), names)
      .map(([kind, name]): Update => ({ kind, key: `shop/${name}`, object: undefined })),
  ),
)

test('after any updates a Snapshot equals one that is made from scratch', () => {
  fc.assert(
    fc.property(fc.array(updates, { maxLength: 6 }), (batches) => {
      const store = new Store()
      const present = new Map<string, KubernetesObject>()
      const taken: (readonly [Snapshot, unknown])[] = []
      for (const batch of batches) {
        store.apply(batch)
        for (const { kind, key, object } of batch) {
          present.delete(`${kind} ${key}`)
          if (object !== undefined) present.set(`${kind} ${key}`, object)
        }
        const snapshot = store.snapshot()
        assert.deepEqual(canonical(snapshot), canonical(snapshotOf(present.values())))
        taken.push([snapshot, structuredClone(canonical(snapshot))])
      }
      for (const [snapshot, then] of taken) assert.deepEqual(canonical(snapshot), then)
    }),
  )
})

test('changes are named, and one batch is told once', () => {
  const store = new Store()
  const told: string[][] = []
  store.onChange((changes) => told.push(changes.map(({ verb, key }) => `${verb} ${key}`)))
  const web = object('Ingress', 'web', '1', {})
  store.apply([put(web), put(object('Service', 'web', '1', {}))])
  store.apply([put(web)])
  store.apply([put(object('Ingress', 'web', '22', {}))])
  store.apply([put(object('Ingress', 'web', '22', { annotations: { a: 'b' } }))])
  store.apply([{ kind: 'Ingress', key: 'shop/web', object: undefined }])
  assert.deepEqual(told, [
    ['created shop/web', 'created shop/web'],
    ['removed shop/web', 'created shop/web'],
    ['changed shop/web'],
    ['removed shop/web'],
  ])
})

test('a Secret whose content alone changed is a change', () => {
  const store = new Store()
  const told: string[] = []
  store.onChange((changes) => told.push(...changes.map(({ verb }) => verb)))
  for (const auth of ['YQ==', 'Yg=='])
    store.apply([put(object('Secret', 's', '1', { data: { auth } }))])
  assert.deepEqual(told, ['created', 'changed'])
})

test('diagnostics and unreadable classes are told without a change', () => {
  const store = new Store()
  let calls = 0
  store.onChange(() => calls++)
  const before = store.snapshot()
  store.setClassesReadable(false)
  assert.equal(store.snapshot().ingressClasses, undefined)
  assert.notEqual(store.snapshot(), before)
  store.setClassesReadable(false)
  store.apply([], [])
  assert.equal(calls, 2)
})
