import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { TestContext } from 'node:test'
import { errorText } from '../../src/log.ts'
import { everyAbility } from '../../src/model/abilities.ts'
import { program } from '../../src/nginx/program.ts'
import { nginxes } from '../support/nginx.ts'

async function scratch(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-program-'))
  t.after(() => rm(dir, { recursive: true }))
  return dir
}

async function confIn(dir: string, lines: string): Promise<string> {
  const conf = join(dir, 'nginx.conf')
  await writeFile(conf, `pid ${dir}/nginx.pid;\nevents {}\n${lines}\n`)
  return conf
}

for (const { version, path } of await nginxes())
  void suite(`the program nginx ${version}`, () => {
    void test('tells its version', async () => {
      assert.equal(await program(path).version(), version)
    })

    void test('may log to its standard streams', async (t) => {
      const dir = await scratch(t)
      const conf = await confIn(
        dir,
        `error_log /dev/stderr;\nhttp { access_log /dev/stdout; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`).join(' ')} }`,
      )
      assert.deepEqual(await program(path).test(conf), { ok: true, stderr: '' })
    })

    void test('says what is wrong in its own words alone', async (t) => {
      const dir = await scratch(t)
      const conf = await confIn(dir, 'nonsense;')
      assert.deepEqual(await program(path).test(conf), {
        ok: false,
        stderr: `[emerg] unknown directive "nonsense" in ${conf}:3`,
      })
    })

    void test('has the abilities of its release', async (t) => {
      const dir = await scratch(t)
      const { ipv6, weakSignatures, ...abilities } = await program(path).abilities(dir)
      const { ipv6: _, weakSignatures: __, ...every } = everyAbility
      // these are not nginx's own
      assert.equal(typeof ipv6, 'boolean')
      assert.equal(typeof weakSignatures, 'boolean')
      const isNew = Number(version.split('.')[1]) >= 28
      const expected = Object.fromEntries(Object.keys(every).map((name) => [name, isNew]))
      assert.deepEqual(abilities, expected)
      assert.deepEqual(await readdir(dir), [])
    })
  })

void suite('a program that is no nginx', () => {
  void test('that is missing is an error with its path', async () => {
    await assert.rejects(program('/nonexistent/nginx').version(), (error) => {
      assert.match(
        errorText(error),
        /^\/nonexistent\/nginx could not be run; --nginx names another: .*ENOENT/,
      )
      return true
    })
  })

  void test('that dies is a verdict', async (t) => {
    const path = join(await scratch(t), 'nginx')
    await writeFile(path, '#!/bin/sh\necho last words >&2\nkill -SEGV $$\n')
    await chmod(path, 0o700)
    const verdict = await program(path).test('x')
    assert.deepEqual(verdict, { ok: false, stderr: 'last words\nnginx died of SIGSEGV' })
  })

  void test('has no version to tell', async (t) => {
    const path = join(await scratch(t), 'nginx')
    await writeFile(path, '#!/bin/sh\necho hello >&2\n')
    await chmod(path, 0o700)
    await assert.rejects(program(path).version(), /names no version: hello/)
  })

  void test('is asked for one test at a time', async (t) => {
    const dir = await scratch(t)
    const path = join(dir, 'nginx')
    await writeFile(path, `#!/bin/sh\nmkdir ${dir}/busy || exit 3\nsleep 0.1\nrmdir ${dir}/busy\n`)
    await chmod(path, 0o700)
    const slow = program(path)
    const verdicts = await Promise.all([slow.test('a'), slow.test('b'), slow.test('c')])
    assert.deepEqual(
      verdicts.map(({ ok }) => ok),
      [true, true, true],
    )
  })
})
