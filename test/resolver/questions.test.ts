// When the resolver answers, and when it waits.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Resolver } from '../../src/resolver/resolver.ts'
import { until } from '../support/until.ts'
import { client, pause } from './client.ts'
import type { Answer, Client } from './client.ts'
import { resolver, together } from './stand.ts'

const name = '0123456789abcdef.sluice.internal'
const service = `_http._tcp.${name}`
const pod = { address: '10.0.0.1', port: 8080 }
const other = { address: '10.0.0.2', port: 9090 }
const quick = { everyMs: 2 }

const portIn = ({ answers }: Answer) =>
  answers?.map((each) => each.type === 'SRV' && each.data.port)[0]

type Sockets = readonly [Client, Client, Client]

/** The sockets of a worker that was told of `pod`, over the first of them, after its pause. */
async function toldWorker(t: TestContext, at: Resolver): Promise<Sockets> {
  const all: Sockets = [await client(t, at, 0), await client(t, at, 1), await client(t, at, 2)]
  // Its other questions make the resolver know its sockets.
  for (const each of all) await each.ask({ name, type: 'TXT', id: 1 })
  assert.equal(portIn(await all[0].ask({ name: service, id: 2 })), pod.port)
  await pause()
  return all
}

const held = (at: Resolver, count: number) =>
  until(`${count} held`, () => at.counts.held === count, quick)

test('the first question is answered at once, the next when there is something else to say', async (t) => {
  const at = await resolver(t)
  at.set(new Map([[name, together(pod)]]))
  const [first, second] = await toldWorker(t, at)
  const answer = second.ask({ name: service, id: 3 })
  await held(at, 1)
  at.change(new Map([[name, together(pod)]])) // the same
  assert.equal(second.answers.length, 1)
  at.change(new Map([[name, together(other)]]))
  assert.equal(portIn(await answer), other.port)
  assert.equal(first.answers.length, 2)
})

test('a question that is sent again stands for the one before, and is not answered', async (t) => {
  const at = await resolver(t)
  at.set(new Map([[name, together(pod)]]))
  const [first, second, third] = await toldWorker(t, at)
  second.send({ name: service, id: 3 })
  await held(at, 1)
  // nginx sends it to the next address, and begins anew after the last.
  for (const [i, each] of [third, first, second, third].entries()) {
    each.send({ name: service, id: 3 })
    await until('sent again', () => at.counts.repeated === i + 1, quick)
  }
  assert.equal(at.counts.held, 1)
  const answer = third.next()
  at.change(new Map([[name, together(other)]]))
  assert.equal(portIn(await answer), other.port)
  assert.deepEqual(
    [first, second, third].map(({ answers }) => answers.length),
    [2, 1, 2],
  )
})

test('a question that was held long enough is answered when it is sent again', async (t) => {
  const at = await resolver(t, { holdMs: [0, 0] })
  at.set(new Map([[name, together(pod)]]))
  const [first, second] = await toldWorker(t, at)
  second.send({ name: service, id: 3 })
  await held(at, 1)
  assert.equal(portIn(await first.ask({ name: service, id: 3 })), pod.port)
})

test('an answer that was lost is given again', async (t) => {
  const at = await resolver(t)
  at.set(new Map([[name, together(pod)]]))
  const [, second] = await toldWorker(t, at)
  assert.equal(portIn(await second.ask({ name: service, id: 2 })), pod.port)
  assert.equal(at.counts.held, 0)
})

test('after a restart a question that is sent again is answered with what is true by now', async (t) => {
  const before = await resolver(t)
  before.set(new Map([[name, together(pod)]]))
  const [first, second] = await toldWorker(t, before)
  second.send({ name: service, id: 3 })
  await held(before, 1)
  await before.close()
  const after = await resolver(t, { port: before.addresses[0]?.port ?? 0 })
  // It knows nothing yet, which is no reason to say so.
  const early = first.ask({ name: service, id: 3 })
  await held(after, 1)
  assert.equal(first.answers.length, 2)
  after.set(new Map([[name, together(other)]]))
  assert.equal(portIn(await early), other.port)
  const later = await resolver(t)
  later.set(new Map([[name, together(other)]]))
  const [socket] = [await client(t, later)]
  assert.equal(portIn(await socket.ask({ name: service, id: 3 })), other.port)
})

test('old workers are told as the new ones are, and a new one at once', async (t) => {
  const at = await resolver(t)
  at.set(new Map([[name, together(pod)]]))
  const [old, oldToo] = await toldWorker(t, at)
  const waiting = oldToo.ask({ name: service, id: 3 })
  await held(at, 1)
  const [young] = [await client(t, at)]
  assert.equal(portIn(await young.ask({ name: service, id: 4 })), pod.port)
  await pause()
  const waitingToo = young.ask({ name: service, id: 5 })
  await held(at, 2)
  at.change(new Map([[name, together(other)]]))
  assert.equal(portIn(await waiting), other.port)
  assert.equal(portIn(await waitingToo), other.port)
  // Each was told, so each is held.
  await pause()
  const next = [old.ask({ name: service, id: 6 }), young.ask({ name: service, id: 7 })]
  await held(at, 4)
  at.change(new Map([[name, together(pod)]]))
  assert.deepEqual((await Promise.all(next)).map(portIn), [pod.port, pod.port])
})

test('a worker that was told nothing is not taken for one that was', async (t) => {
  const at = await resolver(t)
  at.set(new Map([[name, together(pod)]]))
  await toldWorker(t, at)
  // The one that was told is gone before it asks anew, and its successor has sockets of its own.
  const [young] = [await client(t, at)]
  assert.equal(portIn(await young.ask({ name: service, id: 4 })), pod.port)
})

test('a name that is not known waits until it is', async (t) => {
  const at = await resolver(t)
  const socket = await client(t, at)
  const early = socket.ask({ name: service, id: 1 })
  await held(at, 1)
  at.set(new Map())
  at.change(new Map([[name, together(pod)]]))
  assert.equal(portIn(await early), pod.port)
})

test('a name that left is answered until it is forgotten, and waits then', async (t) => {
  const at = await resolver(t)
  at.set(new Map([[name, together(pod)]]))
  at.set(new Map())
  const socket = await client(t, at)
  assert.equal(portIn(await socket.ask({ name: service, id: 1 })), pod.port)
  at.forget([name])
  const answer = socket.ask({ name: service, id: 2 })
  await held(at, 1)
  at.change(new Map([[name, together(other)]]))
  assert.equal(portIn(await answer), other.port)
})
