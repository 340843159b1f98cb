// Every folder of test/translate is a case: the objects of in.yaml, with the flags of `flags` if there
// is such a file, give nginx.conf and, if anything is wrong with them, diagnostics.txt.
//
// The first case, `defaults`, holds a whole nginx.conf. All others hold what is different from that one,
// so that a reviewer sees what a case is about, and a new default changes one file.
//
// There the endpoints are listed (`--endpoint-updates=reload`). Where nginx asks for them (`resolve`), the
// text is the same but for what nginx.resolve.conf of `one-ingress` and `source-range` show; where more
// is different, a case has such a file of its own.
//
//   node test/translate.test.ts --update    writes the expected files anew

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { differenceOf, excerptOf } from './support/excerpt.ts'
import { judges } from './support/nginx-verdict.ts'
import { manifest, optionsOf, translated } from './support/translated.ts'
import type { Translated } from './support/translated.ts'
import { withoutEndpoints } from './support/without-endpoints.ts'

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
  const options = optionsOf(flags)
  const modes = { reload: options, resolve: { ...options, endpointUpdates: 'resolve' as const } }
  return { objects, snapshot, modes }
}

function compare(name: string, file: string, actual: string | undefined): void {
  const expected = read(name, file)
  if (!isUpdate) assert.equal(actual, expected, `${name}/${file}`)
  else if (actual === undefined) rmSync(join(folder, name, file), { force: true })
  else if (actual !== expected) writeFileSync(join(folder, name, file), actual)
}

/** Without the digest of the whole; those of certificates stay. */
const textOf = ({ text, bundle }: Translated): string =>
  text.replace(`return 200 ${bundle.digest}`, 'return 200 …')

const whole = 'defaults'
const shown = ['one-ingress', 'source-range']
const defaults = caseOf(whole)
const base = textOf(translated(defaults.snapshot, defaults.modes.reload))

const judged = await judges()
after(() => Promise.all(judged.map((judge) => judge.close())))

for (const name of readdirSync(folder).sort())
  void suite(name, () => {
    const { objects, snapshot, modes } = caseOf(name)
    const reload = translated(snapshot, modes.reload)
    const resolve = translated(snapshot, modes.resolve)

    void test('says what it is for', () => {
      assert.match(read(name, 'in.yaml') ?? '', /^# \S/)
    })

    void test('gives the expected nginx.conf', () => {
      const text = textOf(reload)
      compare(name, 'nginx.conf', name === whole ? text : excerptOf(text, base))
    })

    void test('gives the same where nginx asks for endpoints', () => {
      const both = [resolve, reload].map(textOf)
      const [named = '', listed = ''] = shown.includes(name) ? both : both.map(withoutEndpoints)
      const difference = named === listed ? undefined : differenceOf(named, listed)
      compare(name, 'nginx.resolve.conf', difference)
      assert.equal(resolve.complaints, reload.complaints)
    })

    void test('gives the expected diagnostics', () => {
      compare(name, 'diagnostics.txt', reload.complaints === '' ? undefined : reload.complaints)
    })

    void test('gives the same in any order of the objects', () => {
      for (const other of [objects.toReversed(), shuffled(objects, 7), shuffled(objects, 11)])
        for (const [options, result] of [
          [modes.reload, reload],
          [modes.resolve, resolve],
        ] as const) {
          const again = translated(snapshotOf(other, snapshot.diagnostics), options)
          assert.equal(again.text, result.text)
          assert.equal(again.complaints, result.complaints)
        }
    })

    for (const judge of judged)
      for (const options of judge.place.abilities.resolve ? Object.values(modes) : [modes.reload])
        void test(`nginx ${judge.version} has nothing against it: ${options.endpointUpdates}`, async () => {
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
