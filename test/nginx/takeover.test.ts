import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { again, processOf, workersOf } from '../../src/nginx/processes.ts'
import type { Process } from '../../src/nginx/processes.ts'
import { nginxes } from '../support/nginx.ts'
import { ask, isReplaced, masterOf, stand, until } from './stand.ts'
import type { Stand } from './stand.ts'

const supervisor = fileURLToPath(new URL('supervisor.ts', import.meta.url))

interface Controller {
  readonly master: Process
  kill(): Promise<void>
}

/** Another process that runs nginx, as a controller before this one did. */
async function earlierController(t: TestContext, it: Stand): Promise<Controller> {
  await it.publish(it.bundle('first'))
  const process = spawn(
    globalThis.process.execPath,
    [supervisor, it.stateDir, it.program.path, String(it.statusPort)],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const kill = async (): Promise<void> => {
    if (process.exitCode !== null || process.signalCode !== null) return
    process.kill('SIGKILL')
    await once(process, 'exit')
  }
  let master: Process | undefined
  t.after(async () => {
    await kill()
    // Nobody else stops it where a test failed before it was taken over.
    if (master !== undefined && again(master)) globalThis.process.kill(master.pid, 'SIGTERM')
  })
  const [line] = (await once(process.stdout, 'data')) as [Buffer]
  master = processOf(Number(line.toString()))
  assert.ok(master)
  return { master, kill }
}

for (const { version, path } of await nginxes())
  void suite(`after a killed controller, nginx ${version}`, () => {
    void test('goes on, is taken over, healed and stopped', async (t) => {
      const it = await stand(t, path)
      const before = await earlierController(t, it)
      await before.kill()
      assert.equal(await ask(it.port), 'first')

      it.start()
      await until(() => it.instance.master !== null)
      assert.equal(masterOf(it).pid, before.master.pid)
      assert.equal((await it.publish(it.bundle('first'))).kind, 'unchanged')
      assert.equal((await it.publish(it.bundle('second'))).kind, 'published')

      const orphans = workersOf(before.master)
      process.kill(before.master.pid, 'SIGKILL')
      await until(() => isReplaced(it, before.master))
      await until(() => orphans.every((worker) => again(worker) === undefined))
      assert.equal(await ask(it.port), 'second')
    })

    void test('gets what was published while nobody watched it', async (t) => {
      const it = await stand(t, path)
      const before = await earlierController(t, it)
      await before.kill()
      const second = it.bundle('second')
      assert.equal((await it.publish(second)).kind, 'prepared')
      assert.equal(await ask(it.port), 'first')
      it.start()
      await until(() => it.instance.master !== null)
      assert.ok(await it.instance.serves(second.digest, 5000))
      assert.equal(masterOf(it).pid, before.master.pid)
      assert.equal(await ask(it.port), 'second')
    })

    void test('is replaced if its master was killed too', async (t) => {
      const it = await stand(t, path)
      const before = await earlierController(t, it)
      await until(() => workersOf(before.master).length === 2)
      const orphans = workersOf(before.master)
      await before.kill()
      process.kill(before.master.pid, 'SIGKILL')
      await until(() => again(before.master) === undefined)
      assert.equal(await ask(it.port), 'first')

      it.start()
      await until(() => it.instance.master !== null)
      await until(() => orphans.every((worker) => again(worker) === undefined))
      assert.equal(await ask(it.port), 'first')
      assert.equal((await it.publish(it.bundle('second'))).kind, 'published')
    })
  })
