// Names outside the cluster, looked up at a real DNS server.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import { ExternalNames, noteOf } from '../../src/controller/external-names.ts'
import { until } from '../support/until.ts'
import { nameServer } from './name-server.ts'
import type { NameServer } from './name-server.ts'

const log = pino({ level: 'silent' })
const quick = { everyMs: 5 }

function externalNames(
  t: TestContext,
  server: NameServer,
  allowLoopbackEndpoints = false,
): { readonly names: ExternalNames; readonly changes: string[]; readonly notes: string[] } {
  const changes: string[] = []
  const notes: string[] = []
  const names = new ExternalNames({
    options: { allowLoopbackEndpoints },
    resolvConf: server.resolvConf,
    changed: (name) => changes.push(`${name} ${names.addressesOf(name)?.join() ?? '?'}`),
    noted: (_name, _before, now) => notes.push(noteOf(now)),
    touch: () => undefined,
    log,
  })
  t.after(() => names.close())
  return { names, changes, notes }
}

test('a name is looked up anew when its records expire, and a change is told', async (t) => {
  const server = await nameServer(t)
  server.zone.set('db.test', ['192.0.2.2', '192.0.2.1'])
  const { names, changes } = externalNames(t, server)
  names.follow(new Set(['db.test']))
  assert.equal(names.addressesOf('db.test'), undefined)
  await names.known(10_000)
  assert.deepEqual(names.addressesOf('db.test'), ['192.0.2.1', '192.0.2.2'])
  server.zone.set('db.test', ['192.0.2.3'])
  await until('the change', () => changes.length === 2, quick)
  assert.deepEqual(changes, ['db.test 192.0.2.1,192.0.2.2', 'db.test 192.0.2.3'])
})

test('addresses that requests must not reach are left out, whenever a name leads there', async (t) => {
  const server = await nameServer(t)
  server.zone.set('inside.test', ['127.0.0.1', '169.254.169.254', '192.0.2.1'])
  const { names, changes } = externalNames(t, server)
  names.follow(new Set(['inside.test']))
  await names.known(10_000)
  assert.deepEqual(names.addressesOf('inside.test'), ['192.0.2.1'])
  server.zone.set('inside.test', ['169.254.169.254'])
  await until('the change', () => changes.length === 2, quick)
  assert.deepEqual(names.addressesOf('inside.test'), [])
})

test('a server that fails changes nothing, one that knows of no address does', async (t) => {
  const server = await nameServer(t)
  server.zone.set('db.test', ['192.0.2.1'])
  const { names } = externalNames(t, server)
  names.follow(new Set(['db.test', 'none.test']))
  await names.known(10_000)
  assert.deepEqual(names.addressesOf('none.test'), [])
  server.zone.set('db.test', undefined)
  const before = server.asked.get('db.test') ?? 0
  await until('failures', () => (server.asked.get('db.test') ?? 0) > before + 1, quick)
  assert.deepEqual(names.addressesOf('db.test'), ['192.0.2.1'])
  server.zone.delete('db.test')
  await until('it is gone', () => names.addressesOf('db.test')?.length === 0, quick)
})

test('a name that nobody follows is asked for no more', async (t) => {
  const server = await nameServer(t)
  server.zone.set('db.test', ['192.0.2.1'])
  server.zone.set('other.test', ['192.0.2.2'])
  const { names } = externalNames(t, server)
  names.follow(new Set(['db.test', 'other.test']))
  await names.known(10_000)
  names.follow(new Set(['other.test']))
  const asked = server.asked.get('db.test')
  const others = server.asked.get('other.test') ?? 0
  await until('another look', () => (server.asked.get('other.test') ?? 0) > others + 1, quick)
  assert.equal(server.asked.get('db.test'), asked)
  assert.equal(names.addressesOf('db.test'), undefined)
})

const ofPod = { search: ['sluice.svc.cluster.test', 'svc.cluster.test'], ndots: 5 }

test('a short name is looked for where the pod looks for it', async (t) => {
  const server = await nameServer(t, ofPod)
  server.zone.set('web.prod.svc.cluster.test', ['192.0.2.1'])
  server.zone.set('web.prod', ['192.0.2.9'])
  server.zone.set('db.example.test', ['192.0.2.2'])
  server.zone.set('full.example.test', ['192.0.2.3'])
  server.zone.set('full.example.test.svc.cluster.test', ['192.0.2.9'])
  const { names } = externalNames(t, server)
  names.follow(new Set(['web.prod', 'db.example.test', 'full.example.test.']))
  await names.known(10_000)
  assert.deepEqual(names.addressesOf('web.prod'), ['192.0.2.1'])
  assert.equal(names.about('web.prod')?.fullName, 'web.prod.svc.cluster.test')
  assert.equal(server.asked.get('web.prod.sluice.svc.cluster.test'), 1)
  assert.equal(server.asked.get('web.prod'), undefined)
  assert.deepEqual(names.addressesOf('db.example.test'), ['192.0.2.2'])
  assert.deepEqual(names.addressesOf('full.example.test.'), ['192.0.2.3'])
})

test('a name with enough dots is first taken as it is', async (t) => {
  const server = await nameServer(t, { ...ofPod, ndots: 1 })
  server.zone.set('web.prod.svc.cluster.test', ['192.0.2.1'])
  server.zone.set('db.example.test', ['192.0.2.2'])
  server.zone.set('db.example.test.svc.cluster.test', ['192.0.2.9'])
  const { names } = externalNames(t, server)
  names.follow(new Set(['web.prod', 'db.example.test']))
  await names.known(10_000)
  assert.deepEqual(names.addressesOf('web.prod'), ['192.0.2.1'])
  assert.deepEqual(names.addressesOf('db.example.test'), ['192.0.2.2'])
})

test('a name that does not exist is said to, with all that was asked for', async (t) => {
  const server = await nameServer(t, ofPod)
  const { names, changes, notes } = externalNames(t, server)
  names.follow(new Set(['db.test']))
  await names.known(10_000)
  assert.deepEqual(changes, ['db.test '])
  const asked = 'db.test.sluice.svc.cluster.test, db.test.svc.cluster.test, db.test'
  assert.deepEqual(notes, [`DNS knows no address of it (asked for ${asked})`])
  server.zone.set('db.test.svc.cluster.test', ['192.0.2.1'])
  await until('it exists', () => changes.length === 2, quick)
  assert.deepEqual(notes.slice(1), ['db.test.svc.cluster.test'])
})

test('a name means no other one because a server fails', async (t) => {
  const server = await nameServer(t, ofPod)
  server.zone.set('web.dev.svc.cluster.test', ['192.0.2.1'])
  server.zone.set('web.dev', ['192.0.2.9'])
  const { names, notes } = externalNames(t, server)
  names.follow(new Set(['web.dev']))
  await names.known(10_000)
  server.zone.set('web.dev.svc.cluster.test', undefined)
  const before = server.asked.get('web.dev.svc.cluster.test') ?? 0
  const asked = () => server.asked.get('web.dev.svc.cluster.test') ?? 0
  await until('failures', () => asked() > before + 1, quick)
  assert.deepEqual(names.addressesOf('web.dev'), ['192.0.2.1'])
  server.zone.delete('web.dev.svc.cluster.test')
  await until('the other one', () => names.addressesOf('web.dev')?.[0] === '192.0.2.9', quick)
  assert.deepEqual(notes, ['web.dev.svc.cluster.test', 'web.dev'])
})

test('a domain whose servers always fail is passed over', async (t) => {
  const server = await nameServer(t, { search: ['broken.test', 'svc.test'], ndots: 5 })
  server.zone.set('db.broken.test', undefined)
  server.zone.set('db.svc.test', ['192.0.2.1'])
  const { names, notes } = externalNames(t, server)
  names.follow(new Set(['db']))
  await until('it is known', () => names.addressesOf('db') !== undefined, quick)
  assert.deepEqual(notes, ['no DNS server answers for it', 'db.svc.test'])
  const looks = server.asked.get('db.svc.test') ?? 0
  await until('it stays', () => (server.asked.get('db.svc.test') ?? 0) > looks, quick)
  assert.deepEqual(names.addressesOf('db'), ['192.0.2.1'])
})

test('an alias leads where its name leads, and not further', async (t) => {
  const server = await nameServer(t)
  server.zone.set('alias.test', ['db.test'])
  server.zone.set('db.test', ['192.0.2.1', '169.254.169.254', '2001:db8::1', 'fe80::1'])
  const { names, notes } = externalNames(t, server)
  names.follow(new Set(['alias.test']))
  await names.known(10_000)
  assert.deepEqual(names.addressesOf('alias.test'), ['192.0.2.1', '2001:db8::1'])
  assert.deepEqual(notes, ['alias.test, without 169.254.169.254, fe80::1'])
})
