import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { nginxes } from '../support/nginx.ts'
import { serving } from './stand.ts'
import type { Stand } from './stand.ts'

const publisher = fileURLToPath(new URL('publisher.ts', import.meta.url))

/** Publishes bundles in a process of its own, which dies at its `step`-th system call on a file. */
async function publishAndDie(
  { stateDir, program, statusPort }: Stand,
  bundle: object,
  step: number,
) {
  const child = spawn(
    process.execPath,
    [publisher, JSON.stringify({ stateDir, path: program.path, statusPort, bundle, step })],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: stateDir } },
  )
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { died: signal === 'SIGKILL', said }
}

// What is on the disk does not depend on the release.
for (const { version, path } of (await nginxes()).slice(-1))
  void suite(`a crash while publishing on nginx ${version}`, () => {
    void test('leaves the old bundle or the new one at every step', async (t) => {
      const it = await serving(t, path)
      let survived = false
      let crashes = 0
      for (let step = 1; !survived; step++) {
        assert.ok(step < 200, 'publishing takes a number of steps')
        const before = readlinkSync(join(it.stateDir, 'current'))
        const next = it.bundle(`step ${step}`, {
          keyFiles: [{ path: `tls/${String(step).padStart(16, '0')}.pem`, text: () => 'secret' }],
        })
        const plain = {
          ...next,
          files: [...next.files],
          keyFiles: next.keyFiles.map(({ path }) => path),
        }
        const { died, said } = await publishAndDie(it, plain, step)
        survived = !died
        if (died) crashes++
        else assert.match(said, /published/)

        const after = readlinkSync(join(it.stateDir, 'current'))
        assert.ok([before, `bundles/${next.digest}`].includes(after), `${after} after step ${step}`)
        const conf = readFileSync(join(it.stateDir, 'current', 'nginx.conf'), 'utf8')
        assert.match(conf, /\}\n\}\n$/)
        if (after !== before) assert.equal(conf, next.files.get('nginx.conf'))
        for (const digest of readdirSync(join(it.stateDir, 'bundles')))
          if (!digest.startsWith('.'))
            assert.ok(existsSync(join(it.stateDir, 'bundles', digest, 'nginx.conf')), digest)
        const verdict = await it.program.test(join(it.stateDir, 'current', 'nginx.conf'))
        assert.ok(verdict.ok, verdict.stderr)
      }
      assert.ok(crashes > 20, `only ${crashes} crashes`)
      assert.equal((await it.publish(it.bundle('last'))).kind, 'published')
      for (const dir of ['', 'bundles', 'tls'])
        for (const name of readdirSync(join(it.stateDir, dir)))
          assert.ok(!name.startsWith('.tmp-'), name)
    })
  })
