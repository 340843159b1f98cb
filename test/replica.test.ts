import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Replica } from '../src/cluster/replica.ts'
import type { Step } from '../src/cluster/replica.ts'

const object = (name: string, uid: string, resourceVersion: string, ingressClassName: unknown) => ({
  metadata: { namespace: 'shop', name, uid, resourceVersion },
  spec: { ingressClassName },
})

/** `shop/web=nginx`, with `!` where there is a Diagnostic; `shop/web gone`. */
const told = (steps: readonly Step[]): readonly string[] =>
  steps.map(([key, held]) => {
    if (held === undefined) return `${key} gone`
    const className = held.object?.kind === 'Ingress' ? held.object.className : undefined
    return `${key}=${className}${held.diagnostics.length === 0 ? '' : '!'}`
  })

const replicaOf = (...objects: readonly unknown[]): Replica => {
  const replica = new Replica('Ingress')
  for (const each of objects) replica.put(each)
  return replica
}

test('the same version is not decoded again', () => {
  const replica = replicaOf(object('web', 'u', '1', 'nginx'))
  assert.deepEqual(replica.put(object('web', 'u', '1', 'nginx')), [])
})

test('an object of which nothing that is read changed stays the same object', () => {
  const replica = replicaOf(object('web', 'u', '1', 'nginx'))
  const before = replica.get('shop/web')?.object
  replica.put(object('web', 'u', '2', 'nginx'))
  assert.equal(replica.get('shop/web')?.object, before)
  replica.put(object('web', 'v', '3', 'nginx'))
  assert.notEqual(replica.get('shop/web')?.object, before)
})

test('a version that cannot be decoded leaves the last good one, of the same object alone', () => {
  const replica = replicaOf(object('web', 'u', '1', 'nginx'))
  assert.deepEqual(told(replica.put(object('web', 'u', '2', 7))), ['shop/web=nginx!'])
  assert.equal(replica.get('shop/web')?.diagnostics[0]?.instead, 'its last good version counts')
  assert.deepEqual(told(replica.put(object('web', 'v', '3', 7))), ['shop/web=undefined!'])
  assert.equal(replica.get('shop/web')?.diagnostics[0]?.instead, 'the object is ignored')
  assert.deepEqual(told(replica.put(object('web', 'v', '4', 'nginx'))), ['shop/web=nginx'])
})

test('a complete list finds what was deleted, made anew and changed', () => {
  const replica = replicaOf(
    object('same', 'a', '1', 'nginx'),
    object('gone', 'b', '1', 'nginx'),
    object('changed', 'c', '1', 'nginx'),
  )
  const same = replica.get('shop/same')
  const relist = replica.relist()
  relist.add(object('same', 'a', '1', 'nginx'))
  relist.add(object('changed', 'c', '5', 'other'))
  relist.add(object('new', 'd', '6', 'nginx'))
  assert.deepEqual(told([...replica.entries()]), [
    'shop/same=nginx',
    'shop/gone=nginx',
    'shop/changed=nginx',
  ])
  assert.deepEqual(told(relist.finish()), [
    'shop/gone gone',
    'shop/changed=other',
    'shop/new=nginx',
  ])
  assert.equal(replica.get('shop/same'), same)
})

test('a list that broke off changes nothing', () => {
  const replica = replicaOf(object('web', 'u', '1', 'nginx'))
  const relist = replica.relist()
  relist.add(object('other', 'v', '2', 'nginx'))
  assert.throws(() => relist.add({ kind: 'Ingress' }), /without a name/)
  assert.deepEqual(told([...replica.entries()]), ['shop/web=nginx'])
})

test('a deletion of what is not there is nothing', () => {
  assert.deepEqual(replicaOf().remove(object('web', 'u', '1', 'nginx')), [])
})
