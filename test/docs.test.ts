// What the documents say is held against the program: links, names, defaults, commands.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { parseAllDocuments } from 'yaml'
import { annotations } from '../src/annotations/registry.ts'
import { pages } from '../src/cli/docs.ts'
import { diagnosticCodes } from '../src/diagnostics.ts'
import { demoFlags, docsFlags, renderFlags } from '../src/options/command-flags.ts'
import { runFlags } from '../src/options/flags.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { table as settings } from '../src/settings/table.ts'
import { nginxes } from './support/nginx.ts'
import { translated } from './support/translated.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'test/support/kubernetes/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path)),
].sort()

/** Without fenced blocks, in which `#` and `[` mean other things. */
const prose = (text: string): string => text.replaceAll(/^```.*?^```$/gms, '')

/** The fenced blocks of one language. */
const blocks = (text: string, language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, block = '']) => block,
  )

/** The cells of every table whose first heading is `heading`, without the headings. */
const rows = (text: string, heading: string): readonly (readonly string[])[] =>
  text
    .split('\n\n')
    .filter((block) => block.startsWith(`| ${heading} |`))
    .flatMap((block) => block.trim().split('\n').slice(2))
    .map((line) =>
      line
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.replace(/^`(.*)`$/, '$1')),
    )

/** As a renderer of Markdown names the places of a page. */
const anchors = (text: string): readonly string[] =>
  [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(/\s/g, '-'),
  )

void suite('every document', () => {
  for (const path of documents) {
    const text = read(path)

    void test(`${path} has no dead links`, () => {
      for (const [, link = ''] of prose(text).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(link)) continue
        const [file = '', anchor] = link.split('#')
        const target = file === '' ? path : join(dirname(path), file)
        assert.ok(existsSync(join(root, target)), `${link}: no such file`)
        if (anchor !== undefined) assert.ok(anchors(read(target)).includes(anchor), link)
      }
    })

    void test(`${path} names flags and scripts that exist`, () => {
      const flags = { ...runFlags, ...renderFlags, ...demoFlags, ...docsFlags }
      const ofTests = ['name', 'update', 'api-only']
      for (const [, name = ''] of prose(text).matchAll(/`--([a-z][\w-]*)/g))
        assert.ok(Object.hasOwn(flags, name) || ofTests.includes(name), `--${name}`)
      const { scripts } = JSON.parse(read('package.json')) as { scripts: object }
      for (const [, name = ''] of text.matchAll(/npm run ([\w:]+)/g))
        assert.ok(Object.hasOwn(scripts, name), `npm run ${name}`)
    })
  }

  void test('every decision is in the list', () => {
    const listed = read('docs/decisions/README.md')
    for (const file of readdirSync(join(root, 'docs/decisions')))
      if (file !== 'README.md') assert.ok(listed.includes(`(${file})`), file)
  })

  void test('every file that a decision calls its place or its evidence exists', () => {
    for (const path of documents.filter((each) => each.startsWith('docs/')))
      for (const [, file = ''] of read(path).matchAll(
        /`((?:src|test|templates|docker|manifests)\/[\w./-]*)`/g,
      ))
        assert.ok(existsSync(join(root, file)), `${path}: ${file}`)
  })
})

void suite('the generated pages', () => {
  for (const [name, page] of Object.entries(pages))
    void test(`docs/${name} is up to date`, () => {
      assert.equal(read(`docs/${name}`), page(), 'npm run docs writes it')
    })
})

void suite('README.md', () => {
  const readme = read('README.md')

  void test('its annotations exist and take their examples', () => {
    const listed = rows(readme, 'Annotation')
    assert.ok(listed.length > 5)
    for (const [name = '', example = ''] of listed) {
      const entry =
        annotations.get(name) ??
        [...annotations.values()].find(({ field }) => field.aliases?.includes(name))
      assert.ok(entry, name)
      assert.notEqual(entry.field.value.parse(example), undefined, `${name}: ${example}`)
    }
  })

  void test('its settings exist and have the defaults that it says', () => {
    const listed = rows(readme, 'Key')
    assert.ok(listed.length > 5)
    for (const [key = '', standard = ''] of listed) {
      assert.ok(Object.hasOwn(settings, key), key)
      if (standard !== "ingress-nginx's")
        assert.equal(settings[key as keyof typeof settings].default, standard, key)
    }
  })

  void test('its first Ingress is the example, and is served as written', async () => {
    assert.ok(blocks(readme, 'yaml').includes(read('examples/first-ingress/web.yaml')))
    const { stdout, stderr } = await sluice(
      'render -f manifests/deploy.yaml -f examples/first-ingress',
    )
    assert.match(stdout, /server_name web\.example\.com;/)
    const [complaint, summary, ...more] = stderr.split('\n')
    assert.match(complaint ?? '', /^warning: ingress default\/web .*no ready endpoint.*$/)
    assert.equal(summary, '1 of 1 ingress is served; 0 errors, 1 warning')
    assert.deepEqual(more, [])
  })

  void test('its way to another class changes the class and nothing else', async () => {
    const command = blocks(readme, 'sh').find((block) => block.startsWith('sed ')) ?? ''
    const { stdout } = await execa('sh', ['-c', `kubectl() { cat; }\n${command}`], { cwd: root })
    const before = read('manifests/deploy.yaml').split('\n')
    const changed = stdout.split('\n').filter((line) => !before.includes(line))
    assert.deepEqual(
      changed.map((line) => line.trim()),
      [
        'controller: example.com/sluice',
        '- --controller-class=example.com/sluice',
        '- --ingress-class=sluice',
      ],
    )
    const classes = parseAllDocuments(stdout)
      .map((document) => document.toJS() as { kind: string; metadata: { name: string } } | null)
      .filter((object) => object?.kind === 'IngressClass')
    assert.deepEqual(
      classes.map((object) => object?.metadata.name),
      ['sluice'],
    )
  })
})

void test('docs/troubleshooting.md has every code', () => {
  const listed = rows(read('docs/troubleshooting.md'), 'Code').map(([code]) => code)
  assert.deepEqual(listed, [...diagnosticCodes])
})

void test('docs/headers.md has every header that a backend is promised, and that clients cannot send', () => {
  const [set, cleared] = read('docs/headers.md').split('## What clients cannot send')
  const named = (text = ''): readonly string[] =>
    [...text.matchAll(/`([A-Z][A-Za-z-]+|ssl-[a-z-]+)`/g)].map(([, name = '']) => name)
  const { text } = translated(snapshotOf([]))
  const written = (value: string): readonly string[] =>
    [...text.matchAll(new RegExp(`proxy_set_header (\\S+) ${value};`, 'g'))].map(
      ([, name = '']) => name,
    )
  for (const name of written('\\$.*')) assert.ok(named(set).includes(name), name)
  for (const name of written('""')) assert.ok(named(cleared).includes(name), name)
  assert.ok(written('""').length > 10)
})

void suite('documented commands', () => {
  for (const path of documents)
    for (const block of blocks(read(path), 'sh'))
      for (const [, command = ''] of block.matchAll(/^bin\/sluice (.+)$/gm))
        void test(`${relative('.', path)}: ${command}`, async () => {
          await sluice(command)
        })
})

async function sluice(command: string) {
  const env = { SLUICE_NGINX: (await nginxes()).at(-1)?.path ?? 'nginx' }
  return execa('bin/sluice', command.split(' '), { cwd: root, env })
}
