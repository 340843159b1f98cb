import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { TestContext } from 'node:test'
import { sidecar } from '../../src/nginx/sidecar.ts'
import type { Instance } from '../../src/nginx/instance.ts'
import { processOf, workersOf } from '../../src/nginx/processes.ts'
import { publish } from '../../src/nginx/publish.ts'
import { alone } from '../support/alone.ts'
import { nginxes } from '../support/nginx.ts'
import { ask, stand, until } from './stand.ts'
import type { Stand } from './stand.ts'

/** As the container of a pod runs it. */
function startNginx(t: TestContext, { stateDir, program }: Stand): ChildProcess {
  const conf = join(stateDir, 'current', 'nginx.conf')
  const words = openSync(join(stateDir, 'nginx.out'), 'a')
  const nginx = spawn(program.path, ['-e', 'stderr', '-c', conf, '-g', 'daemon off;'], {
    stdio: ['ignore', words, words],
  })
  closeSync(words)
  t.after(async () => {
    if (nginx.exitCode !== null || nginx.signalCode !== null) return
    nginx.kill('SIGTERM')
    await once(nginx, 'exit')
  })
  return nginx
}

interface Watching {
  readonly it: Stand
  readonly instance: Instance
  readonly seen: () => number
  readonly pid: () => number | undefined
}

async function watching(t: TestContext, path: string, patienceMs = 10_000): Promise<Watching> {
  const it = await stand(t, path)
  const instance = sidecar({ ...it, patienceMs })
  const stopping = new AbortController()
  let seen = 0
  instance.onRestart(() => seen++)
  const watch = instance.start(stopping.signal)
  t.after(async () => {
    stopping.abort()
    await watch
  })
  return { it, instance, seen: () => seen, pid: () => instance.master?.pid }
}

await alone(import.meta.url, 'an nginx of another container', async () => {
  for (const { version, path } of await nginxes())
    void suite(`an nginx of another container, ${version}`, () => {
      void test('is found once it starts, and reloaded', async (t) => {
        const { it, instance, seen, pid } = await watching(t, path)
        const first = it.bundle('first')
        const outcome = await publish(first, it.stateDir, it.program, instance)
        assert.equal(outcome.kind, 'prepared')
        assert.equal(pid(), undefined)

        const nginx = startNginx(t, it)
        await until(() => seen() === 1)
        assert.equal(pid(), nginx.pid)
        const again = await publish(first, it.stateDir, it.program, instance)
        assert.equal(again.kind, 'unchanged')
        const second = await publish(it.bundle('second'), it.stateDir, it.program, instance)
        assert.equal(second.kind, 'published')
        assert.equal(await ask(it.port), 'second')
      })

      void test('is noticed when it was killed and runs again', async (t) => {
        const { it, instance, seen, pid } = await watching(t, path)
        await publish(it.bundle('first'), it.stateDir, it.program, instance)
        const nginx = startNginx(t, it)
        await until(() => seen() === 1)
        const orphans = workersOf(instance.master ?? { pid: 0, startTime: '' })
        nginx.kill('SIGKILL')
        await once(nginx, 'exit')
        // As the container runtime does.
        for (const { pid } of orphans) process.kill(pid, 'SIGKILL')
        await until(() => pid() === undefined)
        const second = it.bundle('second')
        const meanwhile = await publish(second, it.stateDir, it.program, instance)
        assert.equal(meanwhile.kind, 'prepared')
        const next = startNginx(t, it)
        await until(() => seen() === 2)
        assert.equal(pid(), next.pid)
        const afterwards = await publish(second, it.stateDir, it.program, instance)
        assert.equal(afterwards.kind, 'unchanged')
      })

      for (const [what, pid] of [
        ['empty', ''],
        ['stale', '4194303\n'],
        ['of a process that is no nginx', `${process.pid}\n`],
        ['of the first process', '1\n'],
        ['no number', 'nginx\n'],
      ])
        void test(`a pid file that is ${what} misleads nobody`, async (t) => {
          const { it, instance, seen } = await watching(t, path)
          await publish(it.bundle('first'), it.stateDir, it.program, instance)
          writeFileSync(join(it.stateDir, 'nginx.pid'), pid ?? '')
          assert.equal(instance.master, null)
          const outcome = await publish(it.bundle('second'), it.stateDir, it.program, instance)
          assert.equal(outcome.kind, 'prepared')
          assert.ok(processOf(process.pid))
          assert.equal(seen(), 0)
        })

      void test('is told to be away, and why, once there is something to serve', async (t) => {
        const { it, instance, seen } = await watching(t, path, 50)
        const told = (): readonly string[] =>
          it.logged.filter((line) => line.startsWith('warn found no nginx'))
        await instance.reload()
        assert.deepEqual(told(), [])
        await publish(it.bundle('first'), it.stateDir, it.program, instance)
        await until(() => told().length === 1)
        assert.match(told()[0] ?? '', /no nginx runs in the process namespace/)
        assert.match(told()[0] ?? '', /shareProcessNamespace: true/)

        startNginx(t, it)
        await until(() => seen() === 1)
        assert.equal(told().length, 1)
      })

      void test('is found without its pid file where its arguments can be seen', async (t) => {
        const { it } = await watching(t, path)
        await publish(it.bundle('first'), it.stateDir, it.program, it.instance)
        const nginx = startNginx(t, it)
        await until(async () => (await ask(it.port)) === 'first')
        const title = processOf(nginx.pid ?? 0)?.title ?? ''
        if (!title.includes(it.stateDir)) return t.skip('this nginx hides its arguments')
        rmSync(join(it.stateDir, 'nginx.pid'))
        const instance = sidecar(it)
        assert.equal(instance.master?.pid, nginx.pid)
        const outcome = await publish(it.bundle('second'), it.stateDir, it.program, instance)
        assert.equal(outcome.kind, 'published')
        return undefined
      })
    })
})
