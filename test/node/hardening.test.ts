import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { cluster, noCluster } from '../support/cluster.ts'
import * as sluice from './installation.ts'

suite('what a taken-over nginx can reach', { skip: noCluster }, () => {
  let pod = ''

  before(async () => {
    cluster()
    await sluice.install()
    pod = (await sluice.replicas(2))[0]?.name ?? ''
  })
  const inNginx = (script: string) => sluice.inContainer(pod, 'nginx', script)

  test('it has no token', async () => {
    assert.equal(await inNginx('ls /var/run/secrets 2>/dev/null || true'), '')
  })

  test('it reads nothing of the controller, though it is the same user', async () => {
    const script = `for process in /proc/[0-9]*; do
        if tr '\\0' ' ' <$process/cmdline | grep -q '/sluice\\.mjs '; then
          id -u; stat -c %u $process
          cat $process/root/var/run/secrets/kubernetes.io/serviceaccount/token || echo no root
          head -c 1 $process/environ || echo no environment
          head -c 1 $process/mem || echo no memory
          ls $process/fd || echo no descriptors
        fi
      done 2>/dev/null`
    const lines = (await inNginx(script)).split('\n')
    assert.deepEqual(lines.slice(2), ['no root', 'no environment', 'no memory', 'no descriptors'])
  })

  test('nginx that checks a configuration beside the token cannot be read either', async () => {
    const script = 'stat -c %a /usr/local/bin/node "$(command -v nginx)"'
    assert.equal(await sluice.inContainer(pod, 'controller', script), '711\n711')
  })

  test('it has no capability, gains none, and writes nothing but its volumes', async () => {
    const status = await inNginx('cat /proc/self/status')
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) {
      assert.match(status, new RegExp(`^Cap${set}:\t0{16}$`, 'm'))
    }
    assert.match(status, /^NoNewPrivs:\t1$/m)
    assert.match(status, /^Seccomp:\t2$/m)
    assert.equal(
      await inNginx('touch /etc/x 2>&1 || true'),
      "touch: cannot touch '/etc/x': Read-only file system",
    )
  })
})
