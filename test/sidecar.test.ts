import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { alone } from './support/alone.ts'
import { nginxes } from './support/nginx.ts'
import { shop } from './support/shop.ts'
import { until } from './support/until.ts'

const quick = { everyMs: 5 }

await alone(import.meta.url, 'a sidecar in a process namespace like that of a pod', async () => {
  for (const { version, path: nginx } of await nginxes())
    test(`nginx ${version}: first a bundle, then nginx, and nginx ends first`, async (t) => {
      const at = await shop(t, nginx)
      await at.write('/a')
      assert.equal(await at.probe('/bundlez'), undefined)
      const controller = at.run('--nginx-mode=sidecar', '--post-shutdown-grace-period=0')
      await until('a bundle', async () => (await at.probe('/bundlez')) === 200, quick)
      assert.equal(await at.probe('/readyz'), 500)
      assert.equal(await at.probe('/healthz'), 500)

      const conf = join(at.stateDir, 'current', 'nginx.conf')
      const beside = spawn(nginx, ['-e', 'stderr', '-c', conf, '-g', 'daemon off;'], {
        stdio: 'ignore',
      })
      t.after(() => beside.kill('SIGKILL'))
      await until('ready', async () => (await at.probe('/readyz')) === 200, quick)
      assert.equal((await at.ask('/a'))?.status, 200)
      await at.write('/b', '/slow')
      await until('a reload', () => controller.log.some(({ msg }) => msg === 'published'), quick)
      assert.equal((await at.ask('/b'))?.status, 200)

      const late = at.ask('/slow')
      await until('the request is there', () => at.slow.length === 1, quick)
      controller.kill('SIGTERM')
      await until('health is bad', async () => (await at.probe('/healthz')) === 500, quick)
      beside.kill('SIGQUIT')
      await until('nginx drains', async () => (await at.ask('/b')) === undefined, quick)
      assert.equal(await at.probe('/livez'), 200)
      at.slow[0]?.end('finished')
      assert.deepEqual(await late, { status: 200, body: 'finished' })
      assert.equal(await controller.ended, 0)
    })
})
