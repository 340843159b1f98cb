// Which folder of src/ may import which, and that the core does nothing but compute.

import assert from 'node:assert/strict'
import { globSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The table of folders in docs/architecture.md, with what each may import beside itself; undefined for anything. */
const folders = new Map(
  readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, names, , may] = /^\| ((?:`\w+` ?)+)\| (.*) \| (.*) \|$/.exec(line) ?? []
      return (names?.match(/\w+/g) ?? []).map((name) => [name, importsIn(may ?? '')] as const)
    }),
)

/** Of `render, log`, `nothing` or `anything`; what stands in brackets tells why. */
function importsIn(cell: string): readonly string[] | undefined {
  if (cell === 'anything') return undefined
  return cell === 'nothing' ? [] : cell.replaceAll(/ \(.*?\)/g, '').split(', ')
}

/** The same of the files at the root of src/. */
const allowed: Readonly<Record<string, readonly string[] | undefined>> = {
  ...Object.fromEntries(folders),
  diagnostics: [],
  exact: [],
  log: [],
  version: ['..'], // package.json
  metrics: ['log', 'diagnostics', 'version'],
  x509: [],
}

/** No files, no network, no clock, no environment, no logger. */
const core = [
  'model',
  'objects',
  'annotations',
  'settings',
  'translate',
  'render',
  'diagnostics',
  'exact',
]
/** Modules of Node that only compute. */
const pure = ['node:crypto', 'node:util']
const libraries: Readonly<Record<string, readonly string[]>> = {
  objects: ['zod'],
  annotations: ['zod', 'ipaddr.js'],
  settings: ['zod', 'ipaddr.js'],
  translate: ['ipaddr.js'],
}
/** `createSecureContext` asks OpenSSL whether a list of ciphers is one. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  'settings/tls.ts': ['node:tls'],
  'translate/tls/strength.ts': ['node:tls'],
}
const impure =
  /\b(?:Date\.now|new Date\(\)|performance\.now|Math\.random|process\.(?:env|argv|cwd|exit|std|pid)|console\.|setTimeout|setInterval|setImmediate|fetch\(|globalThis)/

const src = fileURLToPath(new URL('../src', import.meta.url))
const files = globSync('**/*.ts', { cwd: src }).sort()

/** `model` for `model/token.ts`, `log` for `log.ts`. */
const partOf = (path: string): string => (path.split('/')[0] ?? '').replace(/\.ts$/, '')

const lateImport = /\bimport\('([^']+)'\)/g

const importsOf = (text: string): readonly string[] =>
  [
    ...text.matchAll(
      /^(?:import|export)\b[^'"]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gms,
    ),
  ].map(([, from, bare, lazy]) => from ?? bare ?? lazy ?? '')

void test('the table knows every part of the core', () => {
  assert.ok(files.length > 50)
  for (const part of core) assert.ok(files.some((file) => partOf(file) === part) && part in allowed)
})

void test('docs/architecture.md lists every folder, and no other', () => {
  const present = readdirSync(src, { withFileTypes: true }).filter((each) => each.isDirectory())
  assert.deepEqual([...folders.keys()].sort(), present.map(({ name }) => name).sort())
})

// Types, too: a circle has no part that can be read first.
void test('no import leads back to where it began', () => {
  const targets = new Map(
    files.map((file) => {
      const own = importsOf(readFileSync(join(src, file), 'utf8')).filter((to) =>
        to.startsWith('.'),
      )
      return [file, own.map((to) => normalize(join(dirname(file), to)))] as const
    }),
  )
  const inCircle = files.filter((file) => {
    const reached = new Set(targets.get(file))
    for (const each of reached) for (const next of targets.get(each) ?? []) reached.add(next)
    return reached.has(file)
  })
  assert.deepEqual(inCircle, [])
})

void test('only files of its own are loaded late', () => {
  // In the image the whole of a CommonJS package would be the default export of what comes.
  const late = files.flatMap((file) =>
    [...readFileSync(join(src, file), 'utf8').matchAll(lateImport)].map(([, name = '']) => name),
  )
  assert.ok(late.length > 0)
  for (const name of late) assert.match(name, /^\.\.?\//)
})

for (const file of files)
  void suite(file, () => {
    const part = partOf(file)
    const text = readFileSync(join(src, file), 'utf8')
    const imports = importsOf(text)
    const own = imports.filter((name) => name.startsWith('.'))

    void test('imports what its folder may', () => {
      for (const name of own) {
        assert.match(name, /\.(?:ts|json)$/, `${name} names no file`)
        const target = partOf(normalize(join(dirname(file), name)))
        const may = allowed[part]
        if (may === undefined || target === part) continue
        assert.ok(may.includes(target), `${part} imports ${target}`)
      }
    })

    if (core.includes(part))
      void test('does nothing but compute', () => {
        const others = imports.filter((name) => !name.startsWith('.'))
        const may = [...pure, ...(libraries[part] ?? []), ...(exceptions[file] ?? [])]
        assert.deepEqual(
          others.filter((name) => !may.includes(name)),
          [],
        )
        const code = text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '')
        assert.equal(impure.exec(code)?.[0], undefined)
      })
  })
