// A sidecar takes the only nginx of its process namespace for its own, so this runs in a new one.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { nginxes } from './support/nginx.ts'
import { shop } from './support/shop.ts'
import { until } from './support/until.ts'

const quick = { everyMs: 5 }
const self = fileURLToPath(import.meta.url)
const alone = ['--pid', '--fork', '--mount-proc', '--kill-child']

if (process.env['SLUICE_TEST_ALONE'] === undefined) {
  const name = 'a sidecar in a process namespace like that of a pod'
  const { failed } = await execa('unshare', [...alone, 'true'], { reject: false })
  if (failed) test(name, { skip: 'needs the right to make namespaces (unshare, as root)' })
  else
    test(name, async () => {
      const { all, exitCode } = await execa('unshare', [...alone, process.execPath, self], {
        env: { SLUICE_TEST_ALONE: '1', NODE_TEST_CONTEXT: undefined },
        all: true,
        reject: false,
        timeout: 120_000,
      })
      assert.equal(exitCode, 0, all)
      assert.match(all, /pass [1-9]/)
    })
} else {
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
}
