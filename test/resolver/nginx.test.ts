// What the real nginx makes of what the resolver says.

import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { test } from 'node:test'
import { unavailableHost } from '../../src/model/loopback.ts'
import { accepts, workersOf } from '../../src/nginx/processes.ts'
import { nginxes } from '../support/nginx.ts'
import { until } from '../support/until.ts'
import { apart, backend, backends, confOf, nginx, resolver, serviceOf, together } from './stand.ts'
import type { Nginx } from './stand.ts'

const program = (await nginxes()).at(-1)?.path ?? 'nginx'
const quick = { everyMs: 2 }
const name = 'a.sluice.internal'
const one = { a: serviceOf(name) }
const answering = (it: Nginx, body: string) =>
  until(`${body} answers`, async () => (await it.ask()).body === body, quick)

/** Asks again and again until it is stopped; collects what was no good answer. */
function load(it: Nginx): { readonly stop: () => Promise<readonly number[]> } {
  const over = new AbortController()
  const failed: number[] = []
  const running = (async () => {
    while (!over.signal.aborted) {
      const { status } = await it.ask()
      if (status !== 200) failed.push(status)
    }
  })()
  return {
    stop: async () => {
      over.abort()
      await running
      return failed
    },
  }
}

test('a change is in force without a reload, and without a failed request', async (t) => {
  const at = await resolver(t)
  const [first, second] = await backends(t, 2)
  at.set(new Map([[name, together(first)]]))
  const it = await nginx(t, program, confOf(at, one))
  await it.settled()
  await answering(it, first.address)
  const traffic = load(it)
  for (const next of [second, first, second, first]) {
    at.change(new Map([[name, together(next)]]))
    await answering(it, next.address)
    assert.equal((await it.ask()).body, next.address)
  }
  assert.deepEqual(await traffic.stop(), [])
  assert.deepEqual(await it.errors(), [])
})

test('without endpoints 503 is answered, whatever the method, and then the endpoint again', async (t) => {
  const at = await resolver(t)
  const [pod] = await backends(t, 1)
  const port = at.addresses[0]?.port ?? 0
  const nowhere = { address: unavailableHost, port }
  at.set(new Map([[name, together(nowhere)]]))
  const more = `server { listen ${unavailableHost}:${port}; return 503; }`
  const it = await nginx(t, program, confOf(at, one, { more }))
  await it.settled()
  const empty = () =>
    until('503', async () => (await it.ask()).status === 503, { ...quick, timeoutMs: 8_000 })
  assert.equal((await it.ask()).status, 503)
  for (let i = 0; i < 2; i++) {
    at.change(new Map([[name, together(pod)]]))
    await answering(it, pod.address)
    at.change(new Map([[name, together(nowhere)]]))
    await empty()
    assert.equal((await it.ask('/a', 'POST')).status, 503)
  }
  assert.deepEqual(await it.errors(), [])
})

test('while the resolver is silent the endpoints stay, and the next resolver is asked', async (t) => {
  const at = await resolver(t)
  const [first, second] = await backends(t, 2)
  at.set(new Map([[name, together(first)]]))
  const it = await nginx(t, program, confOf(at, one))
  await it.settled()
  await answering(it, first.address)
  const traffic = load(it)
  await at.close()
  const next = await resolver(t, { port: at.addresses[0]?.port ?? 0 })
  // It does not know anything yet, which is no reason to forget.
  await until('a question', () => next.counts.questions > 0)
  assert.equal((await it.ask()).body, first.address)
  next.set(new Map([[name, together(second)]]))
  await answering(it, second.address)
  assert.deepEqual(await traffic.stop(), [])
})

test('an nginx that started first is told as soon as it asks again', async (t) => {
  const before = await resolver(t)
  const [first] = await backends(t, 1)
  await before.close()
  const it = await nginx(t, program, confOf(before, one))
  assert.equal((await it.ask()).status, 502)
  const at = await resolver(t, { port: before.addresses[0]?.port ?? 0 })
  at.set(new Map([[name, together(first)]]))
  await answering(it, first.address)
})

test('a reload keeps the endpoints, and those of a new upstream are asked for before it is used', async (t) => {
  const at = await resolver(t)
  const [first, second] = await backends(t, 2)
  at.set(
    new Map([
      [name, together(first, second)],
      ['b.sluice.internal', together(second)],
    ]),
  )
  const it = await nginx(t, program, confOf(at, one))
  await it.settled()
  await answering(it, first.address)
  const traffic = load(it)
  const both = { ...one, b: serviceOf('b.sluice.internal') }
  for (let i = 0; i < 3; i++) {
    at.change(new Map([[name, together(first)]]))
    const asked = at.answered(['b.sluice.internal'], AbortSignal.timeout(10_000))
    await it.write(confOf(at, i % 2 === 0 ? both : one)(it.port, it.dir))
    it.reload()
    at.change(new Map([[name, together(second)]]))
    await answering(it, second.address)
    if (i % 2 === 0) assert.equal(await asked, true)
  }
  assert.deepEqual(await traffic.stop(), [])
})

test('workers that drain are told of changes, too', async (t) => {
  const at = await resolver(t)
  const [first, second] = await backends(t, 2)
  at.set(new Map([[name, together(first)]]))
  const it = await nginx(t, program, confOf(at, one))
  await it.settled()
  // A worker that drains answers once on each of its connections.
  const kept = Array.from({ length: 40 }, () => new Agent({ keepAlive: true }))
  t.after(() => kept.forEach((agent) => agent.destroy()))
  for (const agent of kept) assert.equal((await it.ask('/a', 'GET', agent)).body, first.address)
  const master = { pid: it.pid, startTime: '' }
  const isDraining = () => workersOf(master).some((worker) => !accepts(worker))
  it.reload()
  await until('a worker drains', isDraining, quick)
  at.change(new Map([[name, together(second)]]))
  const isTold = async () => {
    const agent = kept.find(({ freeSockets }) => Object.keys(freeSockets).length > 0)
    if (agent === undefined) throw new Error('no connection is left')
    const { body } = await it.ask('/a', 'GET', agent)
    return body === second.address
  }
  await until('the change on an old connection', isTold, { everyMs: 50 })
})

test('old workers end while their questions are held', async (t) => {
  const at = await resolver(t)
  const [first, second] = await backends(t, 2)
  at.set(new Map([[name, together(first)]]))
  const it = await nginx(t, program, confOf(at, one))
  await it.settled()
  await until('a question is held', () => at.counts.held > 0)
  const master = { pid: it.pid, startTime: '' }
  const old = workersOf(master).map(({ pid }) => pid)
  it.reload()
  const areGone = () => !workersOf(master).some(({ pid }) => old.includes(pid))
  await until('the old workers are gone', areGone, quick)
  at.change(new Map([[name, together(second)]]))
  await answering(it, second.address)
  assert.deepEqual(await it.errors(), [])
})

test('more endpoints than fit into a datagram', async (t) => {
  const at = await resolver(t)
  const pods = await backends(t, 320, { net: 60 })
  for (const shape of [together, apart]) {
    at.set(new Map([[name, shape(...pods)]]))
    const it = await nginx(t, program, confOf(at, one))
    await it.settled()
    await answering(it, pods[0].address)
    const seen = new Set<string>()
    await until(
      'every endpoint answered',
      async () => {
        seen.add((await it.ask()).body)
        return pods.every(({ address }) => seen.has(address))
      },
      { everyMs: 0 },
    )
    assert.deepEqual(await it.errors(), [])
  }
})

test('IPv6 and IPv4, together and alone', async (t) => {
  const at = await resolver(t)
  const [v4] = await backends(t, 1)
  const v6 = { address: '::1', port: v4.port }
  await backend(t, v6)
  at.set(new Map([[name, together(v4)]]))
  const it = await nginx(t, program, confOf(at, one, { resolverOptions: '' }))
  await it.settled()
  await answering(it, v4.address)
  at.change(new Map([[name, together(v6)]]))
  await answering(it, v6.address)
  at.change(new Map([[name, together(v4, v6)]]))
  await answering(it, v4.address)
  await answering(it, v6.address)
  at.change(new Map([[name, together(v4)]]))
  await answering(it, v4.address)
  assert.deepEqual(await it.errors(), [])
})

test('a hash keeps its endpoint when others come and go', async (t) => {
  const at = await resolver(t)
  const pods = await backends(t, 4)
  const [, , , last] = pods
  at.set(new Map([[name, apart(...pods)]]))
  const lines = `hash $arg_k consistent; ${serviceOf(name)}`
  const it = await nginx(t, program, confOf(at, { a: lines }))
  await it.settled()
  const keys = Array.from({ length: 60 }, (_, i) => `/a?k=${i}`)
  const map = async (): Promise<ReadonlyMap<string, string>> => {
    const found = new Map<string, string>()
    for (const key of keys) found.set(key, (await it.ask(key)).body)
    return found
  }
  const before = await map()
  assert.deepEqual(await map(), before)
  assert.equal(new Set(before.values()).size, 4)
  at.change(new Map([[name, apart(...pods.slice(0, 3))]]))
  const moved = keys.find((key) => before.get(key) === last?.address) ?? ''
  await until('the last has left', async () => (await it.ask(moved)).body !== last?.address, quick)
  const after = await map()
  for (const key of keys)
    if (before.get(key) !== last?.address) assert.equal(after.get(key), before.get(key), key)
})

test('2,000 names at once lose no answer', async (t) => {
  const at = await resolver(t)
  const [pod, other] = await backends(t, 2)
  const names = Array.from({ length: 2_000 }, (_, i) => `n${i}.sluice.internal`)
  at.set(new Map(names.map((each) => [each, together(pod)])))
  const upstreams = Object.fromEntries(names.map((each, i) => [`u${i}`, serviceOf(each)]))
  // nginx would send again after 5 s what was lost
  const inTime = async (asked: Promise<boolean>): Promise<boolean> => {
    const before = at.counts.questions
    await until('a question', () => at.counts.questions > before, quick)
    const started = performance.now()
    return (await asked) && performance.now() - started < 4_500
  }
  const asked = inTime(at.answered(names, AbortSignal.timeout(30_000)))
  const it = await nginx(t, program, confOf(at, upstreams, { zone: '16m' }))
  assert.equal(await asked, true)
  const again = inTime(at.answered(names, AbortSignal.timeout(30_000)))
  at.change(new Map(names.map((each) => [each, together(other)])))
  assert.equal(await again, true)
  for (let i = 0; i < 2_000; i += 97) {
    const changed = async () => (await it.ask(`/u${i}`)).body === other.address
    await until(`the change of ${i}`, changed, quick)
  }
  assert.deepEqual(await it.errors(), [])
})

test('a question that is held is sent again and again, and answered once', async (t) => {
  const at = await resolver(t)
  const [pod, other] = await backends(t, 2)
  const names = Array.from({ length: 60 }, (_, i) => `n${i}.sluice.internal`)
  at.set(new Map(names.map((each) => [each, together(pod)])))
  const upstreams = Object.fromEntries(names.map((each, i) => [`u${i}`, serviceOf(each)]))
  const it = await nginx(t, program, confOf(at, upstreams))
  // A second answer would be an error in its log.
  await until('all were sent twice more', () => at.counts.repeated >= 2 * names.length)
  const before = at.counts.answers
  at.change(new Map(names.map((each) => [each, together(other)])))
  for (let i = 0; i < names.length; i += 7)
    await until('the change', async () => (await it.ask(`/u${i}`)).body === other.address, quick)
  assert.ok(at.counts.answers - before <= 3 * names.length)
  assert.deepEqual(await it.errors(), [])
})

test('a question that was held long enough is answered, and asked anew', async (t) => {
  const at = await resolver(t, { holdMs: [0, 0] })
  const [pod] = await backends(t, 1)
  const names = Array.from({ length: 60 }, (_, i) => `n${i}.sluice.internal`)
  at.set(new Map(names.map((each) => [each, together(pod)])))
  const upstreams = Object.fromEntries(names.map((each, i) => [`u${i}`, serviceOf(each)]))
  const it = await nginx(t, program, confOf(at, upstreams))
  await until('rounds', () => at.counts.held >= 2 * names.length)
  assert.deepEqual(await it.errors(), [])
})
