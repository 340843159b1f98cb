// A tier fails for whatever did not go as it should, also for what node:test counts as no test.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { execa } from 'execa'

const module = new URL('support/run-files.ts', import.meta.url).href

/** What is counted of a test file with this text. */
async function totalsOf(text: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-run-files-'))
  try {
    const file = join(folder, 'some.test.mjs')
    await writeFile(file, `import { before, suite, test } from 'node:test'\n${text}`)
    const settings = { files: [file], flags: [], timeoutMs: 20_000, serial: true }
    const program = `
      import { runFiles } from '${module}'
      const signal = new AbortController().signal
      const totals = await runFiles({ ...${JSON.stringify(settings)}, signal })
      console.log(JSON.stringify([totals.passed, totals.failed, totals.skipped]))`
    // a file, because node:test runs others with the arguments of this process
    const main = join(folder, 'main.mjs')
    await writeFile(main, program)
    const { stdout } = await execa(process.execPath, [main], {
      env: { NODE_TEST_CONTEXT: undefined },
    })
    return JSON.parse(stdout.split('\n').at(-1) ?? '')
  } finally {
    await rm(folder, { recursive: true })
  }
}

const good = `test('good', () => {})\n`
const bad = `test('bad', () => { throw new Error('bad') })\n`

const counted: readonly (readonly [string, string, readonly number[]])[] = [
  ['a test that fails', good + bad, [1, 1, 0]],
  ['a test that fails in a suite', `${good}suite('one', () => {\n${good}${bad}})`, [2, 1, 0]],
  ['a suite that throws', `${good}suite('one', () => { throw new Error('bad') })`, [1, 1, 0]],
  [
    'a hook of a suite that throws',
    `${good}suite('one', () => {\nbefore(() => { throw new Error('bad') })\n${good}})`,
    [1, 2, 0],
  ],
  ['a file that throws', `${good}throw new Error('bad')`, [0, 1, 0]],
  ['a suite that is skipped', `${good}suite('one', { skip: 'why' }, () => {})`, [1, 0, 1]],
]

for (const [name, text, totals] of counted)
  void test(name, async () => {
    assert.deepEqual(await totalsOf(text), totals)
  })
