// What the resolver says to whoever asks.

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { decode, encode } from 'dns-packet'
import type { Packet } from 'dns-packet'
import type { Resolver } from '../../src/resolver/resolver.ts'
import { resolver, together } from './stand.ts'

const name = '0123456789abcdef.sluice.internal'
const service = `_http._tcp.${name}`
const pod = { address: '10.0.0.1', port: 8080 }
const other = { address: 'fd00::2', port: 9090 }

/** The types know no response code. */
type Answer = Packet & { readonly rcode?: string }

interface Client {
  /** Sends a question; what arrives stands in `answers`. */
  ask(question: string, type?: 'A' | 'AAAA' | 'SRV' | 'TXT'): void
  send(message: Buffer): void
  next(): Promise<Answer>
  readonly answers: readonly Answer[]
}

/** One socket of a worker. */
async function client(t: TestContext, at: Resolver, address = 0): Promise<Client> {
  const socket = createSocket('udp4')
  const { host, port } = at.addresses[address] ?? { host: '', port: 0 }
  socket.connect(port, host)
  await once(socket, 'connect')
  t.after(() => socket.close())
  const answers: Answer[] = []
  let arrived = Promise.withResolvers<Answer>()
  socket.on('message', (message) => {
    const answer: Answer = decode(message)
    answers.push(answer)
    arrived.resolve(answer)
    arrived = Promise.withResolvers()
  })
  const send = (message: Buffer): void => socket.send(message)
  return {
    answers,
    send,
    next: () => arrived.promise,
    ask: (question, type = 'SRV') =>
      send(encode({ type: 'query', id: 7, questions: [{ name: question, type }] })),
  }
}

async function ask(from: Client, ...question: Parameters<Client['ask']>): Promise<Answer> {
  const next = from.next()
  from.ask(...question)
  return next
}

test('the first question is answered at once, its repetition when something is different', async (t) => {
  const at = await resolver(t, { holdMs: [60_000, 60_000] })
  at.set(new Map([[name, together(pod)]]))
  const [first, second] = [await client(t, at), await client(t, at)]
  const answer = await ask(first, service)
  assert.equal(answer.id, 7)
  assert.deepEqual(
    answer.answers?.map((each) => each.type === 'SRV' && [each.ttl, each.data]),
    [[0, { priority: 1, weight: 1, port: 8080, target: `0a000001.${name}` }]],
  )
  const repeated = ask(first, service)
  // Another one was told nothing yet, and its question comes after that of the first.
  await ask(second, service)
  assert.equal(first.answers.length, 1)
  assert.equal(at.counts.held, 1)
  at.change(new Map([[name, together(pod)]])) // the same
  assert.equal(first.answers.length, 1)
  at.change(new Map([[name, together(other)]]))
  assert.equal((await repeated).answers?.length, 1)
  assert.equal(at.counts.held, 1)
})

test('a held question is answered before nginx would ask again', async (t) => {
  const at = await resolver(t, { holdMs: [100, 100] })
  at.set(new Map([[name, together(pod)]]))
  const first = await client(t, at)
  const [before, after] = [await ask(first, service), await ask(first, service)]
  assert.equal(at.counts.held, 1)
  assert.deepEqual(after.answers, before.answers)
})

test('the addresses of a target may be remembered, in both families', async (t) => {
  const at = await resolver(t)
  at.set(new Map([[name, together(pod, { address: '10.0.0.2', port: 8080 }, other)]]))
  const first = await client(t, at)
  const targets = (await ask(first, service)).answers?.flatMap((each) =>
    each.type === 'SRV' ? [each.data] : [],
  )
  assert.deepEqual(
    targets?.map(({ port }) => port),
    [8080, 9090],
  )
  const [pair = '', single = ''] = targets?.map(({ target }) => target) ?? []
  const dataOf = (answer: Answer) =>
    answer.answers?.map((each) => (each.type === 'A' || each.type === 'AAAA') && each.data)
  const found = await ask(first, pair, 'A')
  assert.deepEqual(dataOf(found), ['10.0.0.1', '10.0.0.2'])
  assert.equal(
    found.answers?.every((each) => each.type === 'A' && each.ttl === 86_400),
    true,
  )
  assert.deepEqual(dataOf(await ask(first, pair, 'AAAA')), [])
  assert.deepEqual(dataOf(await ask(first, single, 'AAAA')), ['fd00::2'])
  // nginx may ask for what it was told just before a change
  at.change(new Map([[name, together(other)]]))
  assert.deepEqual(dataOf(await ask(first, pair, 'A')), ['10.0.0.1', '10.0.0.2'])
})

test('before the first data a question waits; it fails rather than say that there is nothing', async (t) => {
  const at = await resolver(t, { holdMs: [100, 100] })
  const [first, second] = [await client(t, at), await client(t, at)]
  assert.equal((await ask(first, service)).rcode, 'SERVFAIL')
  const waiting = ask(second, service)
  at.set(new Map([[name, together(pod)]]))
  assert.equal((await waiting).answers?.length, 1)
})

test('whoever waits for answers hears when the last was given, or gives up', async (t) => {
  const at = await resolver(t)
  const names = [name, `1${name}`]
  at.set(new Map(names.map((each) => [each, together(pod)])))
  const first = await client(t, at)
  const giveUp = new AbortController()
  const never = at.answered([...names, `2${name}`], giveUp.signal)
  const all = at.answered(names, giveUp.signal)
  for (const each of names) await ask(first, `0a000001.${each}`, 'A')
  assert.equal(await all, true)
  giveUp.abort()
  assert.equal(await never, false)
  assert.equal(await at.answered(names, giveUp.signal), false)
})

test('what is none of its names is refused, and what is no question is not answered', async (t) => {
  const at = await resolver(t)
  at.set(new Map([[name, together(pod)]]))
  const first = await client(t, at)
  const refused = [
    ['_http._tcp.nowhere.sluice.internal', 'SRV'],
    ['example.com', 'A'],
    [`0a000001.nowhere.sluice.internal`, 'A'],
    [`ffffffffffffffff.${name}`, 'A'],
    [name, 'TXT'],
  ] as const
  for (const [question, type] of refused)
    assert.equal((await ask(first, question, type)).rcode, 'REFUSED', question)
  const before = first.answers.length
  const good = encode({ type: 'query', id: 7, questions: [{ name: service, type: 'SRV' }] })
  const answer = encode({ type: 'response', id: 7, questions: [{ name: service, type: 'SRV' }] })
  for (const message of [Buffer.alloc(0), Buffer.alloc(40, 255), good.subarray(0, 20), answer])
    first.send(message)
  await ask(first, service)
  assert.equal(first.answers.length, before + 1)
})

test('a name that left is answered until it is forgotten', async (t) => {
  const at = await resolver(t)
  at.set(new Map([[name, together(pod)]]))
  at.set(new Map())
  const [first, second] = [await client(t, at), await client(t, at)]
  assert.equal((await ask(first, service)).answers?.length, 1)
  const held = ask(first, service)
  await ask(second, service) // so the first is held by now
  at.forget([name])
  assert.equal((await held).rcode, 'REFUSED')
})

test('an address that is taken is an error, and leaves none behind', async (t) => {
  const at = await resolver(t)
  const port = at.addresses[0]?.port ?? 0
  await assert.rejects(resolver(t, { port }), /EADDRINUSE/)
  await at.close()
  await resolver(t, { port })
})
