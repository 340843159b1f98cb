import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { errorText } from '../../src/log.ts'
import { nginxes } from '../support/nginx.ts'
import { ask, serving } from './stand.ts'

/** A disk of its own of 256 KiB; undefined where this user may not mount one. */
function smallDisk(): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'sluice-test', dir], {
      stdio: 'ignore',
    })
  } catch {
    rmdirSync(dir)
    return undefined
  }
  return dir
}

// What the disk does to a bundle does not depend on the release.
for (const { version, path } of (await nginxes()).slice(-1))
  void suite(`a full disk beside nginx ${version}`, () => {
    void test('leaves the old bundle serving, and the next one that fits goes live', async (t) => {
      const disk = smallDisk()
      if (disk === undefined) return t.skip('only root may mount a small disk')
      // What is to be done after a test is done in order, so this comes after nginx was stopped.
      const it = await serving(t, path, 'first', disk).finally(() =>
        t.after(() => {
          execFileSync('umount', [disk])
          rmdirSync(disk)
        }),
      )
      const before = readdirSync(join(it.stateDir, 'bundles'))
      const ballast = join(it.stateDir, 'ballast')
      assert.throws(() => writeFileSync(ballast, Buffer.alloc(1024 * 1024)), /ENOSPC/)

      const second = it.bundle('second', {
        keyFiles: [{ path: `tls/${'0'.repeat(64)}.pem`, text: () => 'secret' }],
      })
      await assert.rejects(it.publish(second), (error) => {
        assert.match(errorText(error), /could not be written .*ENOSPC/)
        return true
      })
      assert.deepEqual(readdirSync(join(it.stateDir, 'bundles')), before)
      assert.equal((await it.program.test(join(it.stateDir, 'current', 'nginx.conf'))).ok, true)
      assert.equal(await ask(it.port), 'first')

      rmSync(ballast)
      assert.equal((await it.publish(second)).kind, 'published')
      assert.equal(await ask(it.port), 'second')
      return undefined
    })
  })
