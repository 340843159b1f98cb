// What the resolver says to whoever asks.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from 'dns-packet'
import { until } from '../support/until.ts'
import { client, messageOf } from './client.ts'
import type { Answer } from './client.ts'
import { resolver, together } from './stand.ts'

const name = '0123456789abcdef.sluice.internal'
const service = `_http._tcp.${name}`
const pod = { address: '10.0.0.1', port: 8080 }
const other = { address: 'fd00::2', port: 9090 }

const dataOf = (answer: Answer) =>
  answer.answers?.map((each) => (each.type === 'A' || each.type === 'AAAA') && each.data)

test('a service is the ports of its endpoints, each with the addresses behind it', async (t) => {
  const at = await resolver(t)
  at.set(new Map([[name, together(pod)]]))
  const answer = await (await client(t, at)).ask({ name: service, id: 7 })
  assert.equal(answer.id, 7)
  assert.deepEqual(
    answer.answers?.map((each) => each.type === 'SRV' && [each.ttl, each.data]),
    [[0, { priority: 1, weight: 1, port: 8080, target: `0a000001.${name}` }]],
  )
})

test('the addresses of a target may be remembered, in both families', async (t) => {
  const at = await resolver(t)
  at.set(new Map([[name, together(pod, { address: '10.0.0.2', port: 8080 }, other)]]))
  const first = await client(t, at)
  const ask = (question: string, type: 'A' | 'AAAA') => first.ask({ name: question, type, id: 2 })
  const targets = (await first.ask({ name: service, id: 1 })).answers?.flatMap((each) =>
    each.type === 'SRV' ? [each.data] : [],
  )
  assert.deepEqual(
    targets?.map(({ port }) => port),
    [8080, 9090],
  )
  const [pair = '', single = ''] = targets?.map(({ target }) => target) ?? []
  const found = await ask(pair, 'A')
  assert.deepEqual(dataOf(found), ['10.0.0.1', '10.0.0.2'])
  assert.equal(
    found.answers?.every((each) => each.type === 'A' && each.ttl === 86_400),
    true,
  )
  assert.deepEqual(dataOf(await ask(pair, 'AAAA')), [])
  assert.deepEqual(dataOf(await ask(single, 'AAAA')), ['fd00::2'])
  // nginx may ask for what it was told just before a change
  at.change(new Map([[name, together(other)]]))
  assert.deepEqual(dataOf(await ask(pair, 'A')), ['10.0.0.1', '10.0.0.2'])
})

test('a target that an earlier process told of has the addresses of now, for now', async (t) => {
  const at = await resolver(t)
  const question = { name: `ffffffffffffffff.${name}`, type: 'A', id: 1 } as const
  const first = await client(t, at)
  first.send(question)
  // Nothing is known yet, which is not said.
  await until('the question', () => at.counts.questions === 1)
  assert.equal((await first.ask({ name, type: 'TXT', id: 2 })).id, 2)
  at.set(new Map([[name, together(pod, other)]]))
  const answer = await first.ask(question)
  assert.deepEqual(dataOf(answer), ['10.0.0.1'])
  assert.deepEqual(
    answer.answers?.map((each) => each.type === 'A' && each.ttl),
    [0],
  )
})

test('whoever waits for answers hears when the last was given, or gives up', async (t) => {
  const at = await resolver(t)
  const names = [name, `1${name}`]
  at.set(new Map(names.map((each) => [each, together(pod)])))
  const first = await client(t, at)
  const giveUp = new AbortController()
  const never = at.answered([...names, `2${name}`], giveUp.signal)
  const all = at.answered(names, giveUp.signal)
  for (const each of names) await first.ask({ name: `0a000001.${each}`, type: 'A', id: 1 })
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
    ['example.com', 'A'],
    [`0a000001.nowhere.sluice.internal`, 'A'],
    [name, 'TXT'],
  ] as const
  for (const [question, type] of refused)
    assert.equal((await first.ask({ name: question, type, id: 1 })).rcode, 'REFUSED', question)
  const before = first.answers.length
  const good = messageOf({ name: service, id: 7 })
  const answer = encode({ type: 'response', id: 7, questions: [{ name: service, type: 'SRV' }] })
  for (const message of [Buffer.alloc(0), Buffer.alloc(40, 255), good.subarray(0, 20), answer])
    first.sendBytes(message)
  await first.ask({ name: service, id: 8 })
  assert.equal(first.answers.length, before + 1)
})

test('an address that is taken is an error, and leaves none behind', async (t) => {
  const at = await resolver(t)
  const port = at.addresses[0]?.port ?? 0
  await assert.rejects(resolver(t, { port }), /EADDRINUSE/)
  await at.close()
  await resolver(t, { port })
})
