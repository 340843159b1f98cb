import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { Agent, createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { child } from '../../src/nginx/child.ts'
import { again, workersOf } from '../../src/nginx/processes.ts'
import { nginxes } from '../support/nginx.ts'
import { ask, isReplaced, masterOf, serving, stand, until } from './stand.ts'

for (const { version, path } of await nginxes())
  void suite(`an nginx of our own, ${version}`, () => {
    void test('a killed master is replaced, and its workers retire', async (t) => {
      const it = await serving(t, path)
      const dead = masterOf(it)
      await until(() => workersOf(dead).length === 2)
      const orphans = workersOf(dead)
      writeFileSync(join(it.stateDir, 'left.sock'), '')
      process.kill(dead.pid, 'SIGKILL')
      await until(() => isReplaced(it, dead))
      assert.ok(!existsSync(join(it.stateDir, 'left.sock')))
      await until(() => orphans.every((worker) => again(worker) === undefined))
      assert.equal(await ask(it.port), 'first')
      assert.equal((await it.publish(it.bundle('second'))).kind, 'published')
      assert.equal(await ask(it.port), 'second')
    })

    void test('a killed worker is no matter', async (t) => {
      const it = await serving(t, path)
      const [worker] = workersOf(masterOf(it))
      assert.ok(worker)
      process.kill(worker.pid, 'SIGKILL')
      await until(() => workersOf(masterOf(it)).length === 2)
      assert.equal((await it.publish(it.bundle('second'))).kind, 'published')
      assert.equal(await ask(it.port), 'second')
    })

    void test('a running nginx is taken over, watched and stopped', async (t) => {
      const it = await serving(t, path)
      const before = masterOf(it)
      const later = child({ ...it, drainMs: 10_000 })
      const stopping = new AbortController()
      let seen = 0
      later.onRestart(() => seen++)
      const running = later.start(stopping.signal)
      await until(() => seen === 1)
      assert.deepEqual(later.master, before)
      stopping.abort()
      await running
      assert.equal(again(before), undefined)
    })

    void test('a bundle that nginx cannot start with is followed by one that it can', async (t) => {
      const it = await stand(t, path)
      const taken = createServer().listen(0, '127.0.0.1')
      await once(taken, 'listening')
      const { port } = taken.address() as AddressInfo
      await it.publish(it.bundle('bad', { server: `        listen 127.0.0.1:${port};` }))
      it.start()
      await until(() => it.logged.some((line) => /nginx died .*still could not bind/.test(line)))
      await it.publish(it.bundle('good'))
      await until(async () => (await ask(it.port)) === 'good')
      taken.close()
    })

    void test('a request under way is finished before nginx stops', async (t) => {
      const it = await serving(t, path)
      const arrived = Promise.withResolvers<() => void>()
      const backend = createServer((_, response) => {
        arrived.resolve(() => response.end('slow'))
      }).listen(0, '127.0.0.1')
      await once(backend, 'listening')
      const { port } = backend.address() as AddressInfo
      const location = `        location = /slow { proxy_pass http://127.0.0.1:${port}; }`
      const outcome = await it.publish(it.bundle('second', { server: location }))
      assert.equal(outcome.kind, 'published')

      const agent = new Agent({ keepAlive: false })
      const answered = new Promise<string>((resolve, reject) => {
        get({ host: '127.0.0.1', port: it.port, path: '/slow', agent }, (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
          response.on('end', () => resolve(text))
        }).on('error', reject)
      })
      const finish = await arrived.promise
      const stopped = it.stop()
      await until(async () => (await ask(it.port)) === undefined)
      finish()
      assert.equal(await answered, 'slow')
      await stopped
      assert.equal(it.instance.master, null)
      backend.close()
    })
  })
