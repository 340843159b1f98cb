import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePorts } from './support/free-ports.ts'
import { nginxes } from './support/nginx.ts'
import { sluice } from './support/sluice.ts'
import type { Sluice } from './support/sluice.ts'
import { until } from './support/until.ts'

const run = promisify(execFile)
const examples = fileURLToPath(new URL('../examples/demo', import.meta.url))
const said = (demo: Sluice, text: string): Promise<string> =>
  until(
    text,
    () => {
      const line = demo.stdout.find((each) => each.includes(text))
      return line ?? false
    },
    { everyMs: 5 },
  )

test('the demo serves three hosts by HTTP and HTTPS, follows edits and leaves nothing behind', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-demo-test-'))
  const folder = join(root, 'demo')
  await cp(examples, folder, { recursive: true })
  const [http, https] = await freePorts(2)
  const nginx = (await nginxes()).at(-1)?.path
  const args = [`--manifests=${folder}`, `--http-port=${http}`, `--https-port=${https}`]
  const demo = sluice(['demo', ...args, `--nginx=${nginx}`])
  t.after(async () => {
    demo.kill('SIGTERM')
    await demo.ended
    await rm(root, { recursive: true, force: true })
  })
  await said(demo, 'Ctrl-C ends it.')

  // The lines that it prints work as they stand.
  const commands = demo.stdout.filter((line) => line.startsWith('  curl '))
  assert.equal(commands.length, 6)
  for (const command of commands) {
    const { stdout } = await run('sh', ['-c', `${command.trim()} --silent --show-error --fail`])
    assert.match(stdout, /^\w+-[12] of Service \w+\/\w+\n/, command)
  }
  assert.equal(new Set(commands.map((line) => /\w+\.localhost/.exec(line)?.[0])).size, 3)

  const file = join(folder, 'shop.yaml')
  const text = await readFile(file, 'utf8')
  const edited = performance.now()
  await writeFile(file, text.replace('path: /cart', 'path: /basket'))
  await said(demo, 'ingress shop/shop changed; nginx confirmed it')
  const basket = await run('curl', ['--silent', `http://shop.localhost:${http}/basket`])
  assert.match(basket.stdout, /^cart-/)
  t.diagnostic(`an edit was in force after ${Math.round(performance.now() - edited)} ms`)

  // A Service that is new gets backends.
  await writeFile(
    join(folder, 'new.yaml'),
    text.replaceAll('shop', 'fresh').replaceAll('name: web', 'name: new'),
  )
  await said(demo, 'created')
  const fresh = await run('curl', ['--silent', `http://fresh.localhost:${http}/`])
  assert.match(fresh.stdout, /^new-/)

  await writeFile(file, text.replace('name: http\n', 'name: nowhere\n'))
  await said(demo, 'error: ingress shop/shop')

  const state = dirname(/\S+ca\.pem/.exec(commands.join())?.[0] ?? '')
  const master = Number(await readFile(join(state, 'nginx.pid'), 'utf8'))
  demo.kill('SIGINT')
  assert.equal(await demo.ended, 0)
  assert.deepEqual(demo.words, [])
  await assert.rejects(stat(state))
  await assert.rejects(readFile(`/proc/${master}/stat`))
})

test('a port that the user asked for and that is taken is named', async () => {
  const [port] = await freePorts(1)
  const first = sluice(['demo', `--http-port=${port}`])
  await said(first, 'Ctrl-C ends it.')
  const second = sluice(['demo', `--http-port=${port}`])
  assert.equal(await second.ended, 1)
  assert.deepEqual(second.words, [
    `sluice demo: --http-port: port ${port} is in use, or not for this user`,
  ])
  first.kill('SIGTERM')
  assert.equal(await first.ended, 0)
})
