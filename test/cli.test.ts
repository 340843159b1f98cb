// Each folder of test/cli is a case: `command` is a shell script with `sluice` in its path and an empty
// folder $OUT; stdout, stderr and exit are what it must come to. `--update` writes them anew.

import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { version } from '../src/version.ts'
import { nginxes } from './support/nginx.ts'

const cases = fileURLToPath(new URL('cli', import.meta.url))
const bin = fileURLToPath(new URL('../bin', import.meta.url))
const isUpdate = process.argv.includes('--update')

for (const name of (await readdir(cases)).sort())
  test(`sluice ${name}`, async () => {
    const dir = join(cases, name)
    const out = await mkdtemp(join(tmpdir(), 'sluice-cli-'))
    try {
      const found = await outcome(await readFile(join(dir, 'command'), 'utf8'), dir, out)
      for (const [file, text] of Object.entries(found)) {
        const path = join(dir, file)
        if (isUpdate) await (text === '' ? rm(path, { force: true }) : writeFile(path, text))
        else assert.equal(text, await readFile(path, 'utf8').catch(() => ''), file)
      }
    } finally {
      await rm(out, { recursive: true, force: true })
    }
  })

/** What `command` prints, without what differs from run to run. */
async function outcome(
  command: string,
  cwd: string,
  out: string,
): Promise<{ readonly stdout: string; readonly stderr: string; readonly exit: string }> {
  const nginx = (await nginxes()).at(-1)?.path ?? 'nginx'
  const { stdout, stderr, exitCode } = await execa('sh', ['-c', command], {
    cwd,
    env: {
      PATH: [bin, process.env['PATH'] ?? ''].join(delimiter),
      HOME: out,
      OUT: out,
      NGINX: nginx,
    },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    timeout: 60_000,
  })
  const plain = (text: string): string =>
    text
      .replaceAll(out, '$OUT')
      .replaceAll(nginx, '$NGINX')
      .replaceAll(version, '$VERSION')
      .replaceAll(/"time":"[^"]*"/g, '"time":"$TIME"')
  return { stdout: plain(stdout), stderr: plain(stderr), exit: `${exitCode ?? 'killed'}\n` }
}
