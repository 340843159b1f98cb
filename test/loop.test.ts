import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Change } from '../src/cluster/source.ts'
import { Loop } from '../src/controller/loop.ts'
import type { LoopSettings } from '../src/controller/loop.ts'
import type { Pass } from '../src/controller/pass.ts'
import type { Outcome } from '../src/nginx/publish.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { VirtualClock } from './support/virtual-clock.ts'

/** What the next publish comes to, and how long it takes. */
interface Fate {
  readonly kind: 'published' | 'rejected' | 'unconfirmed' | 'throws' | 'prepared'
  readonly ms: number
}
const fine: Fate = { kind: 'published', ms: 20 }

/** A loop over a world that is one number, whose publishing fares as `fateOf` says. */
class World {
  readonly clock = new VirtualClock()
  readonly passes: Pass[] = []
  readonly published: { readonly digest: string; readonly at: number }[] = []
  readonly lines: { readonly level: string; readonly message: string }[] = []
  readonly stop = new AbortController()
  readonly loop: Loop
  fateOf: (version: number) => Fate = () => fine
  refused: NonNullable<LoopSettings['refused']> = { learn: () => false, retryAt: Infinity }
  /** How much of a publish is before nginx is told to reload. */
  testMs = 0
  isCrowded = false
  overtaken = 0
  /** The bundle that nginx serves. */
  serving = ''
  version = 1
  read = Promise.withResolvers<void>()
  #listener: (changes: readonly Change[]) => void = () => undefined
  #inFlight = 0
  #running: Promise<void> | undefined

  constructor({
    leastGapMs = 0,
    areEndpointsTold = false,
    diagnosticsOf = (_version: number): string[] => [],
  } = {}) {
    const line = (level: string) => (_fields: unknown, message?: string) =>
      void this.lines.push({ level, message: message ?? '' })
    let translated = 0
    this.loop = new Loop({
      clock: this.clock,
      leastGapMs,
      isCrowded: () => this.isCrowded,
      refused: this.#refused(),
      areEndpointsTold,
      log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
      source: {
        synced: this.read.promise,
        snapshot: () => snapshotOf([]),
        onChange: (listener) => (this.#listener = listener),
      },
      translate: () => {
        translated = this.version
        return {
          served: [],
          config: {
            main: [],
            events: [],
            http: [],
            asked: [],
            upstreams: [],
            servers: [],
            files: [],
          },
          diagnostics: diagnosticsOf(translated).map((problem) => ({
            code: 'host-invalid',
            severity: 'error',
            object: { kind: 'Ingress', namespace: 'shop', name: 'web' },
            problem,
          })),
          urlHosts: new Set(),
          endpoints: new Map(),
        }
      },
      render: () => ({ digest: `v${translated}`, files: new Map(), keyFiles: [] }),
      publish: ({ digest }, _translation, goesOn) => this.#publish(digest, goesOn),
      serves: async (digest) => this.serving === digest,
    })
    this.loop.onPass((pass) => this.passes.push(pass))
  }

  #refused(): NonNullable<LoopSettings['refused']> {
    const current = (): NonNullable<LoopSettings['refused']> => this.refused
    return {
      learn: (outcome) => current().learn(outcome),
      get retryAt() {
        return current().retryAt
      },
    }
  }

  start(): this {
    this.read.resolve()
    this.#running = this.loop.start(this.stop.signal)
    return this
  }

  async end(): Promise<void> {
    this.stop.abort()
    await this.clock.advance(10_000) // a publish in flight is finished first
    await this.#running
  }

  change(version = this.version + 1): void {
    this.version = version
    this.#listener([{ kind: 'Ingress', key: 'shop/web', verb: 'changed' }])
  }

  changeEndpoints(version = this.version + 1): void {
    this.version = version
    this.#listener([{ kind: 'EndpointSlice', key: 'shop/web-1', verb: 'changed' }])
  }

  get kinds(): string[] {
    return this.passes.map(({ result }) => result.kind)
  }

  async #publish(digest: string, goesOn: () => Promise<boolean>): Promise<Outcome> {
    const { kind, ms } = this.fateOf(Number(digest.slice(1)))
    assert.equal(++this.#inFlight, 1, 'two publishes at once')
    await this.clock.sleep(this.testMs, new AbortController().signal)
    const isWanted = await goesOn()
    if (isWanted) await this.clock.sleep(ms - this.testMs, new AbortController().signal)
    else this.overtaken++
    this.#inFlight--
    if (!isWanted) return { kind: 'overtaken', digest }
    if (kind === 'throws') throw new Error('the disk is full')
    if (kind === 'rejected') return { kind, digest, stderr: '[emerg] unknown directive "x"' }
    if (kind === 'unconfirmed') return { kind, digest, reason: 'a port is taken' }
    if (kind === 'prepared') return { kind, digest }
    this.serving = digest
    this.published.push({ digest, at: this.clock.now() })
    return { kind, digest, ms }
  }
}

test('the loop loses no change', async () => {
  const fate = fc.record({
    kind: fc.constantFrom(
      'published',
      'published',
      'rejected',
      'unconfirmed',
      'throws',
      'prepared',
    ),
    ms: fc.integer({ min: 0, max: 3_000 }),
  })
  const event = fc.record({ afterMs: fc.integer({ min: 0, max: 900 }), fate })
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 30 }), async (events) => {
      const world = new World().start()
      const fates = new Map<number, Fate>()
      // A version that fails fails once: the world heals.
      world.fateOf = (version) => {
        const now = fates.get(version) ?? fine
        fates.set(version, fine)
        return now
      }
      for (const { afterMs, fate } of events) {
        await world.clock.advance(afterMs)
        fates.set(world.version + 1, fate)
        world.change()
      }
      await world.clock.advance(200_000)
      // What nginx refused waits for a change.
      if (world.kinds.at(-1) === 'rejected') {
        world.change()
        await world.clock.advance(1_000)
      }
      assert.equal(world.serving, `v${world.version}`)
      assert.equal(world.loop.confirmed, world.serving)
      await world.end()
    }),
    { numRuns: 200 },
  )
})

test('nothing is translated before everything was read', async () => {
  const world = new World()
  const running = world.loop.start(world.stop.signal)
  world.change()
  await world.clock.advance(10_000)
  assert.equal(world.passes.length, 0)
  world.read.resolve()
  await world.clock.advance(20)
  assert.deepEqual(world.kinds, ['published'])
  world.stop.abort()
  await running
})

test('nginx reloads when changes are quiet, and never much later than half a second', async () => {
  const world = new World().start()
  await world.clock.advance(1_000)
  world.change()
  await world.clock.advance(49)
  assert.equal(world.passes.length, 1)
  await world.clock.advance(21)
  assert.equal(world.published.at(-1)?.at, 1_070)

  const from = world.clock.now()
  for (let i = 0; i < 60; i++) {
    world.change()
    await world.clock.advance(10)
  }
  const [first] = world.published.filter(({ at }) => at > from)
  assert.equal(first?.at, from + 500 + 20)
  await world.end()
})

test('the quiet time goes on while nginx tests', async () => {
  const world = new World().start()
  await world.clock.advance(1_000)
  world.testMs = 200
  world.fateOf = () => ({ kind: 'published', ms: 500 })
  world.change()
  await world.clock.advance(1_000)
  assert.equal(world.published.at(-1)?.at, 1_502)
  await world.end()
})

test('a change before the reload makes it wait, once', async () => {
  const world = new World().start()
  await world.clock.advance(1_000)
  world.testMs = 100
  world.fateOf = () => ({ kind: 'published', ms: 150 })
  for (let i = 0; i < 14; i++) {
    world.change()
    await world.clock.advance(40)
  }
  await world.clock.advance(1_000)
  assert.equal(world.overtaken, 1)
  const [, first, second] = world.published
  assert.deepEqual(first, { digest: 'v14', at: 1_500 + 150 })
  assert.equal(second?.digest, 'v15')
  assert.deepEqual(
    world.passes.map(({ number, changes }) => [number, changes.length]),
    [
      [1, 0],
      [2, 13],
      [3, 1],
    ],
  )
  await world.end()
})

test('changes that come to the same bundle do not reach nginx', async () => {
  const world = new World().start()
  await world.clock.advance(100)
  world.change(1)
  await world.clock.advance(1_000)
  assert.deepEqual(world.kinds, ['published', 'unchanged'])
  assert.equal(world.published.length, 1)
  await world.end()
})

for (const ms of [20, 300, 2_000]) {
  test(`beside 200 changes a second none waits for more than one reload of ${ms} ms`, async () => {
    const world = new World().start()
    world.testMs = ms / 2
    world.fateOf = () => ({ kind: 'published', ms })
    const made: { readonly version: number; readonly before: number }[] = []
    for (let i = 0; i < 6_000; i++) {
      world.change()
      made.push({ version: world.version, before: world.published.length })
      await world.clock.advance(5)
    }
    await world.clock.advance(60_000)
    const versions = world.published.map(({ digest }) => Number(digest.slice(1)))
    // The one that runs already, and the one that brings it.
    for (const { version, before } of made)
      assert.ok(
        versions.slice(before, before + 2).some((brought) => brought >= version),
        `v${version} is not in the two reloads after it`,
      )
    await world.end()
  })
}

test('200 changes a second that come to the same bundle neither reload nor delay', async () => {
  const world = new World().start()
  await world.clock.advance(100)
  for (let i = 0; i < 2_000; i++) {
    world.change(1)
    await world.clock.advance(5)
  }
  assert.equal(world.published.length, 1)
  world.change(2)
  for (let i = 0; i < 200; i++) {
    world.change(2)
    await world.clock.advance(5)
  }
  assert.deepEqual(
    world.published.map(({ digest }) => digest),
    ['v1', 'v2'],
  )
  await world.end()
})

test('reloads are spaced by what they cost once there are many', async () => {
  const world = new World().start()
  world.fateOf = () => ({ kind: 'published', ms: 300 })
  const end = 30_000
  while (world.clock.now() < end) {
    world.change()
    await world.clock.advance(20)
  }
  const gaps = world.published.map(({ at }, i) => at - (world.published[i - 1]?.at ?? 0)).slice(1)
  assert.ok(
    gaps.slice(0, 3).every((gap) => gap <= 1_000),
    `first gaps ${gaps.join()}`,
  )
  assert.ok(world.published.length <= 26, `${world.published.length} reloads in 30 s`)
  assert.ok(Math.max(...gaps) <= 4 * 300 + 300 + 500, `gaps ${gaps.join()}`)
  await world.end()
})

test('endpoints alone wait while too many old workers drain, and not for good', async () => {
  const world = new World().start()
  await world.clock.advance(1_000)
  world.isCrowded = true
  world.changeEndpoints()
  await world.clock.advance(20_000)
  assert.equal(world.serving, 'v1')
  world.isCrowded = false
  await world.clock.advance(1_000)
  assert.equal(world.serving, 'v2', 'they go on when there is room')

  world.isCrowded = true
  world.changeEndpoints()
  await world.clock.advance(29_000)
  assert.equal(world.serving, 'v2')
  await world.clock.advance(2_000)
  assert.equal(world.serving, 'v3', 'they go on after half a minute')

  world.changeEndpoints()
  await world.clock.advance(2_000)
  world.change()
  await world.clock.advance(100)
  assert.equal(
    world.serving,
    'v5',
    'a change of anything else goes on at once, and takes them along',
  )
  await world.end()
})

test('where nginx is told of endpoints, their changes wait for others, and take nothing back', async () => {
  const world = new World({ areEndpointsTold: true }).start()
  await world.clock.advance(1_000)
  const { serving } = world
  for (let i = 0; i < 20; i++) {
    world.changeEndpoints()
    await world.clock.advance(20)
  }
  assert.equal(world.serving, serving, 'not even one pass in 400 ms')
  await world.clock.advance(200)
  assert.notEqual(world.serving, serving)

  const { overtaken } = world
  world.changeEndpoints()
  await world.clock.advance(10)
  world.change()
  await world.clock.advance(10)
  world.changeEndpoints()
  await world.clock.advance(300)
  assert.equal(world.overtaken, overtaken)
  assert.equal(world.serving, `v${world.version - 1}`, 'with the one before the last')
  await world.end()
})

test('a rate limit is the least gap between reloads', async () => {
  const world = new World({ leastGapMs: 3_000 }).start()
  for (let i = 0; i < 500; i++) {
    world.change()
    await world.clock.advance(20)
  }
  const gaps = world.published.map(({ at }, i) => at - (world.published[i - 1]?.at ?? 0)).slice(1)
  assert.ok(gaps.length >= 2 && gaps.every((gap) => gap >= 3_000), gaps.join())
  await world.end()
})

test('a refused bundle is reported once, not tried again, and the next good one goes live', async () => {
  const world = new World().start()
  await world.clock.advance(100)
  world.fateOf = (version) => ({ kind: version === 2 ? 'rejected' : 'published', ms: 20 })
  world.change()
  await world.clock.advance(120_000)
  assert.deepEqual(world.kinds, ['published', 'rejected'])
  assert.equal(world.serving, 'v1')
  const [report, ...more] = world.loop.diagnostics
  assert.equal(report?.code, 'configuration-rejected')
  assert.match(report.problem, /unknown directive/)
  assert.equal(more.length, 0)
  assert.equal(world.lines.filter(({ level }) => level === 'error').length, 1)

  world.change()
  await world.clock.advance(1_000)
  assert.equal(world.serving, 'v3')
  assert.deepEqual(world.loop.diagnostics, [])
  assert.ok(world.lines.some(({ message }) => message === 'resolved'))
  await world.end()
})

test('a bundle that nginx refuses because of a key is followed at once by one without it', async () => {
  const world = new World()
  const retries = [60_000]
  world.refused = {
    learn: () => {
      if (world.version !== 2) return false
      world.version = 3
      return true
    },
    get retryAt() {
      return retries.find((at) => at > world.clock.now()) ?? Number.POSITIVE_INFINITY
    },
  }
  world.start()
  await world.clock.advance(100)
  world.fateOf = (version) => ({ kind: version === 2 ? 'rejected' : 'published', ms: 20 })
  world.change(2)
  await world.clock.advance(1_000)
  assert.deepEqual(world.kinds, ['published', 'published'])
  assert.equal(world.serving, 'v3')
  assert.deepEqual(world.loop.diagnostics, [])

  // Later it is tried again, though nothing has changed.
  world.version = 4
  await world.clock.advance(60_000)
  assert.deepEqual(world.kinds, ['published', 'published', 'published'])
  assert.equal(world.serving, 'v4')
  await world.end()
})

test('going back from a refused bundle to the one that is served needs no reload', async () => {
  const world = new World().start()
  await world.clock.advance(100)
  world.fateOf = () => ({ kind: 'rejected', ms: 20 })
  world.change(2)
  await world.clock.advance(1_000)
  world.change(1)
  await world.clock.advance(1_000)
  assert.deepEqual(world.kinds, ['published', 'rejected', 'unchanged'])
  assert.deepEqual(world.loop.diagnostics, [])
  await world.end()
})

for (const kind of ['unconfirmed', 'throws'] as const)
  test(`a pass whose publish ${kind === 'throws' ? kind : `is ${kind}`} is tried again, ever more seldom`, async () => {
    const world = new World().start()
    await world.clock.advance(100)
    world.fateOf = () => ({ kind, ms: 0 })
    world.change()
    await world.clock.advance(600_000)
    const tries = world.passes.length - 1
    assert.ok(tries >= 8 && tries <= 30, `${tries} tries in ten minutes`)
    world.fateOf = () => fine
    await world.clock.advance(61_000)
    assert.equal(world.serving, 'v2')
    await world.end()
  })

test('a bundle that waits for nginx is confirmed when nginx is there', async () => {
  const world = new World()
  world.fateOf = () => ({ kind: 'prepared', ms: 5 })
  world.start()
  await world.clock.advance(500)
  assert.equal(world.loop.confirmed, undefined)
  world.serving = 'v1'
  world.loop.doubt()
  await world.clock.advance(1_100)
  assert.equal(world.loop.confirmed, 'v1')
  await world.end()
})

test('a Diagnostic is logged when it appears and when it is gone', async () => {
  const world = new World({
    diagnosticsOf: (version) => (version < 3 ? ['a', 'b'] : ['b']),
  }).start()
  await world.clock.advance(100)
  world.change()
  await world.clock.advance(1_000)
  assert.equal(world.lines.filter(({ message }) => message === 'reported').length, 2)
  world.change()
  await world.clock.advance(1_000)
  assert.equal(world.lines.filter(({ message }) => message === 'resolved').length, 1)
  assert.deepEqual(
    world.loop.diagnostics.map(({ problem }) => problem),
    ['b'],
  )
  await world.end()
})
