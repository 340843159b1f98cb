// Every folder of test/translate is a case: the objects of in.yaml, with the flags of `flags` if there
// is such a file, give nginx.conf and, if anything is wrong with them, diagnostics.txt.
//
// The first case, `defaults`, holds a whole nginx.conf. All others hold what is different from that one,
// so that a reviewer sees what a case is about, and a new default changes one file.
//
//   node test/translate.test.ts --update    writes the expected files anew

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { excerptOf } from './support/excerpt.ts'
import { judges } from './support/nginx-verdict.ts'
import { manifest, optionsOf, translated } from './support/translated.ts'

const folder = fileURLToPath(new URL('translate', import.meta.url))
const isUpdate = process.argv.includes('--update')

const read = (name: string, file: string): string | undefined => {
  try {
    return readFileSync(join(folder, name, file), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

const caseOf = (name: string) => {
  const { objects, snapshot } = manifest(read(name, 'in.yaml') ?? '')
  const flags = (read(name, 'flags') ?? '').split('\n').filter((line) => line.startsWith('-'))
  return { objects, snapshot, options: optionsOf(flags) }
}

function compare(name: string, file: string, actual: string | undefined): void {
  const expected = read(name, file)
  if (!isUpdate) assert.equal(actual, expected, `${name}/${file}`)
  else if (actual === undefined) rmSync(join(folder, name, file), { force: true })
  else if (actual !== expected) writeFileSync(join(folder, name, file), actual)
}

const defaults = caseOf('defaults')
const base = translated(defaults.snapshot, defaults.options).text.replaceAll(/[0-9a-f]{64}/g, '…')

const judged = await judges()
after(() => Promise.all(judged.map((judge) => judge.close())))

for (const name of readdirSync(folder).sort())
  void suite(name, () => {
    const { objects, snapshot, options } = caseOf(name)
    const result = translated(snapshot, options)

    void test('says what it is for', () => {
      assert.match(read(name, 'in.yaml') ?? '', /^# \S/)
    })

    void test('gives the expected nginx.conf', () => {
      // The digest of the whole text; those of certificates stay.
      const text = result.text.replace(`return 200 ${result.bundle.digest}`, 'return 200 …')
      compare(name, 'nginx.conf', name === 'defaults' ? text : excerptOf(text, base))
    })

    void test('gives the expected diagnostics', () => {
      compare(name, 'diagnostics.txt', result.complaints === '' ? undefined : result.complaints)
    })

    void test('gives the same in any order of the objects', () => {
      for (const other of [objects.toReversed(), shuffled(objects, 7), shuffled(objects, 11)]) {
        const again = translated(snapshotOf(other, snapshot.diagnostics), options)
        assert.equal(again.text, result.text)
        assert.equal(again.complaints, result.complaints)
      }
    })

    for (const judge of judged)
      void test(`nginx ${judge.version} has nothing against it`, async () => {
        const { bundle } = translated(snapshot, { ...options, ...judge.place })
        assert.equal(await judge.complaints(bundle), '')
      })
  })

/** Another order, the same each time. */
function shuffled<T>(items: readonly T[], step: number): readonly T[] {
  return items
    .map((item, i) => ({ item, place: (i * step) % 13 }))
    .sort((a, b) => b.place - a.place)
    .map(({ item }) => item)
}
