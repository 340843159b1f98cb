import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { again, workersOf } from '../../src/nginx/processes.ts'
import { nginxes } from '../support/nginx.ts'
import { ask, freePorts, masterOf, serving, stand, until } from './stand.ts'

for (const { version, path } of await nginxes())
  void suite(`publish on nginx ${version}`, () => {
    void test('a bundle is prepared before nginx runs, and served once it does', async (t) => {
      const it = await stand(t, path)
      const first = it.bundle('first')
      assert.deepEqual(await it.publish(first), { kind: 'prepared', digest: first.digest })
      assert.equal(readlinkSync(join(it.stateDir, 'current')), `bundles/${first.digest}`)
      it.start()
      await until(() => it.instance.master !== null)
      assert.deepEqual(await it.publish(first), { kind: 'unchanged', digest: first.digest })
      assert.equal(await ask(it.port), 'first')
    })

    void test('a new bundle replaces the one before', async (t) => {
      const it = await serving(t, path)
      const outcome = await it.publish(it.bundle('second'))
      assert.equal(outcome.kind, 'published')
      assert.equal(await ask(it.port), 'second')
    })

    void test('old workers are told to stop when new ones have come up, and leave none too many', async (t) => {
      const it = await serving(t, path)
      const isTold = new RegExp(`\\(SIGQUIT\\) received from ${process.pid}`)
      let count = 0
      // On a busy machine their master may be the first to tell them.
      await until(async () => {
        const before = workersOf(masterOf(it))
        assert.equal((await it.publish(it.bundle(`bundle ${++count}`))).kind, 'published')
        await until(() => before.every((worker) => again(worker) === undefined))
        return isTold.test(readFileSync(join(it.stateDir, 'error.log'), 'utf8'))
      })
      // A master replaces a worker that ends unasked.
      await it.publish(it.bundle('last'))
      await until(() => workersOf(masterOf(it)).length === 2)
    })

    void test('the same bundle again is no reload', async (t) => {
      const it = await serving(t, path)
      const second = it.bundle('second')
      await it.publish(second)
      const workers = workersOf(masterOf(it))
      assert.equal((await it.publish(second)).kind, 'unchanged')
      assert.deepEqual(workersOf(masterOf(it)), workers)
    })

    void test('a rejected bundle changes nothing and names the place', async (t) => {
      const it = await serving(t, path)
      const before = readlinkSync(join(it.stateDir, 'current'))
      const bad = it.bundle('bad', { server: '        nonsense on;' })
      const outcome = await it.publish(bad)
      assert.equal(outcome.kind, 'rejected')
      if (outcome.kind !== 'rejected') return
      assert.match(outcome.stderr, /^\[emerg\] unknown directive "nonsense" in \S+:\d+$/)
      assert.equal(outcome.place?.text, 'nonsense on;')
      assert.equal(outcome.place.object, 'Ingress shop/web')
      const [, file = '', line] = / in (\S+):(\d+)$/.exec(outcome.stderr) ?? []
      assert.match(readFileSync(file, 'utf8').split('\n')[Number(line) - 1] ?? '', /nonsense on;/)
      assert.equal(readlinkSync(join(it.stateDir, 'current')), before)
      assert.ok(!existsSync(join(it.stateDir, 'bundles', bad.digest)))
      assert.equal(await ask(it.port), 'first')
      assert.equal((await it.publish(it.bundle('good'))).kind, 'published')
    })

    void test('a port that somebody else has leaves the old bundle serving and current', async (t) => {
      const it = await serving(t, path)
      const before = readlinkSync(join(it.stateDir, 'current'))
      const [taken] = await freePorts(2)
      const other = createServer().listen(taken, '127.0.0.1')
      await once(other, 'listening')
      try {
        const outcome = await it.publish(
          it.bundle('second', { server: `        listen 127.0.0.1:${taken};` }),
        )
        assert.equal(outcome.kind, 'unconfirmed')
        if (outcome.kind === 'unconfirmed') assert.match(outcome.reason, /bind\(\) to .* in use/)
        assert.equal(await ask(it.port), 'first')
        assert.equal(readlinkSync(join(it.stateDir, 'current')), before)
      } finally {
        other.close()
        await once(other, 'close')
      }
      const again = it.bundle('second', { server: `        listen 127.0.0.1:${taken};` })
      assert.equal((await it.publish(again)).kind, 'published')
      assert.equal(await ask(taken), 'second')
    })

    void test('once a bundle is published, no fresh connection meets the old one', async (t) => {
      const it = await serving(t, path, '0')
      let published = 0
      const over = new AbortController()
      const wrong: string[] = []
      let answers = 0
      const load = async (): Promise<void> => {
        while (!over.signal.aborted) {
          const least = published
          const answer = await ask(it.port)
          answers++
          if (answer === undefined || Number(answer) < least)
            wrong.push(`${answer} after ${least} was published`)
        }
      }
      const loads = [load(), load(), load(), load()]
      for (let round = 1; round <= 20; round++) {
        const outcome = await it.publish(it.bundle(String(round)))
        assert.equal(outcome.kind, 'published')
        published = round
        const enough = answers + 5 * loads.length
        await until(() => answers >= enough)
      }
      over.abort()
      await Promise.all(loads)
      assert.deepEqual(wrong, [])
    })

    void test('the last five bundles stay', async (t) => {
      const it = await serving(t, path)
      const digests: string[] = []
      for (const answer of ['a', 'b', 'c', 'd', 'e', 'f']) {
        const bundle = it.bundle(answer)
        digests.push(bundle.digest)
        assert.equal((await it.publish(bundle)).kind, 'published')
      }
      const kept = readdirSync(join(it.stateDir, 'bundles')).sort()
      assert.deepEqual(kept, digests.slice(1).sort())
    })
  })
