import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { manifestSource } from '../src/cluster/manifests.ts'
import type { ManifestSettings } from '../src/cluster/manifests.ts'
import type { ObjectSource } from '../src/cluster/source.ts'
import { diagnosticText } from '../src/diagnostics.ts'
import type { Logger } from '../src/log.ts'
import { quiet } from './support/quiet.ts'
import { until } from './support/until.ts'

const ingress = (name: string, className = 'nginx'): string => `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ${name}}
spec: {ingressClassName: ${className}}
`

/** A folder that is followed; what it was told to hold before comes first. */
async function folder(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  settings: ManifestSettings = {},
  log: Logger = quiet,
) {
  const parent = await mkdtemp(join(tmpdir(), 'sluice-manifests-'))
  const dir = join(parent, 'manifests')
  const stop = new AbortController()
  await mkdir(dir)
  for (const [path, text] of Object.entries(files)) await writeFile(join(dir, path), text)
  const source = manifestSource(dir, log, settings)
  const changes: string[] = []
  source.onChange((batch) => {
    for (const { verb, kind, key } of batch) changes.push(`${verb} ${kind} ${key}`)
  })
  const running = source.start(stop.signal)
  t.after(async () => {
    stop.abort()
    await running
    await rm(parent, { recursive: true })
  })
  await source.synced
  return {
    dir,
    source,
    /** Waits until the Snapshot says `expected`; then tells the changes since the last call. */
    says: async (...expected: readonly string[]): Promise<readonly string[]> => {
      await until(expected.join(', '), () => {
        assert.deepEqual(said(source), expected)
        return true
      })
      return changes.splice(0)
    },
  }
}

/** `web nginx` for each Ingress, oldest first, then the diagnostics. */
const said = (source: ObjectSource): readonly string[] => [
  ...source.snapshot().ingresses.map(({ name, className }) => `${name} ${className}`),
  ...source.snapshot().diagnostics.map(diagnosticText),
]

const follow = (dir: string): Promise<void> =>
  manifestSource(dir, quiet).start(new AbortController().signal)

test('document order stands for age, over all files', async (t) => {
  const { says, source } = await folder(t, {
    'b.yaml': `${ingress('c')}---\n${ingress('b')}`,
    'a.yaml': ingress('d'),
  })
  assert.equal(source.isSynced, true)
  assert.deepEqual(await says('d nginx', 'c nginx', 'b nginx'), [
    'created Ingress default/d',
    'created Ingress default/c',
    'created Ingress default/b',
  ])
})

test('a file is followed when it is written, replaced, removed', async (t) => {
  const { says, dir } = await folder(t, { 'a.yaml': ingress('web') })
  await says('web nginx')

  await writeFile(join(dir, 'a.yaml'), ingress('web', 'other'))
  assert.deepEqual(await says('web other'), ['changed Ingress default/web'])

  await writeFile(join(dir, '.a.yaml.swp'), ingress('web', 'third'))
  await rename(join(dir, '.a.yaml.swp'), join(dir, 'a.yaml'))
  assert.deepEqual(await says('web third'), ['changed Ingress default/web'])

  await mkdir(join(dir, 'shop/deep'), { recursive: true })
  await writeFile(
    join(dir, 'shop/deep/shop.json'),
    '{"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "shop"}}',
  )
  assert.deepEqual(await says('web third', 'shop undefined'), ['created Ingress default/shop'])

  await rm(join(dir, 'a.yaml'))
  assert.deepEqual(await says('shop undefined'), ['removed Ingress default/web'])
  await rm(join(dir, 'shop'), { recursive: true })
  assert.deepEqual(await says(), ['removed Ingress default/shop'])
})

test('a document that cannot be read is ignored alone', async (t) => {
  const { says } = await folder(t, {
    'a.yaml': `${ingress('one')}---\n${ingress('two').replace('spec', 'kind: Ingress\nspec')}---\n${ingress('three')}`,
    'b.yaml': 'a: [\n',
  })
  await says(
    'one nginx',
    'three nginx',
    'file a.yaml (line 9, column 1): Map keys must be unique; the document is ignored',
    'file b.yaml (line 2, column 1): Flow sequence in block collection must be sufficiently indented and end with a ]; the document is ignored',
  )
})

/** The first document of a file, and what is said of it. */
const broken: Readonly<Record<string, readonly [text: string, problem: string]>> = {
  'with a quote that nobody closes': ['"\n', '(line 2, column 1): Missing closing "quote'],
  'with a key twice': [
    ingress('web').replace('spec', 'kind: Ingress\nspec'),
    '(line 4, column 1): Map keys must be unique',
  ],
  'cut to a plain word': [
    'apiVersio\n',
    '(line 1, column 1): expected a Kubernetes object with apiVersion and kind',
  ],
  'cut to a number': [
    '1\n',
    '(line 1, column 1): expected a Kubernetes object with apiVersion and kind',
  ],
}

for (const [how, [text, problem]] of Object.entries(broken))
  test(`what a file held stays while a document of it cannot be read: ${how}`, async (t) => {
    const { says, dir } = await folder(t, {
      'a.yaml': `${ingress('web')}---\n${ingress('shop')}`,
      'b.yaml': ingress('other'),
    })
    await says('web nginx', 'shop nginx', 'other nginx')
    await writeFile(join(dir, 'a.yaml'), `${text}---\n${ingress('new')}`)
    const complaint = `file a.yaml ${problem}; its last good content counts`
    assert.deepEqual(await says('web nginx', 'shop nginx', 'new nginx', 'other nginx', complaint), [
      'created Ingress default/new',
    ])
    // It stays broken, and goes on to be edited.
    await writeFile(join(dir, 'a.yaml'), `${text}---\n${ingress('new', 'later')}`)
    await says('web nginx', 'shop nginx', 'new later', 'other nginx', complaint)

    await writeFile(join(dir, 'a.yaml'), ingress('shop'))
    assert.deepEqual(await says('shop nginx', 'other nginx'), [
      'removed Ingress default/new',
      'removed Ingress default/web',
    ])
  })

test('what a file held stays while it is cut to an object without a name', async (t) => {
  const { says, dir } = await folder(t, { 'a.yaml': ingress('web') })
  await says('web nginx')
  await writeFile(
    join(dir, 'a.yaml'),
    'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n',
  )
  await says(
    'web nginx',
    'ingress "(no name)" (a.yaml:1): metadata: expected an object, got null; the object is ignored',
  )
})

test('an object that became invalid keeps its last good version', async (t) => {
  const { says, dir } = await folder(t, { 'a.yaml': ingress('web') })
  await says('web nginx')
  await writeFile(join(dir, 'a.yaml'), `${ingress('web', '[]')}---\n${ingress('shop')}`)
  await says(
    'web nginx',
    'shop nginx',
    'ingress web (a.yaml:1): spec.ingressClassName: expected a string, got an array; its last good version counts',
  )
  await writeFile(join(dir, 'a.yaml'), ingress('shop'))
  await says('shop nginx')
})

test('of two files that describe the same object the later one counts', async (t) => {
  const { says, dir } = await folder(t, {
    'a.yaml': ingress('web', 'a'),
    'b.yaml': ingress('web', 'b'),
  })
  await says(
    'web b',
    'ingress default/web (a.yaml:1, b.yaml:1): is described twice; the last one counts',
  )
  await rm(join(dir, 'b.yaml'))
  assert.deepEqual(await says('web a'), ['changed Ingress default/web'])
})

test('a mounted ConfigMap is followed through the exchange of its link', async (t) => {
  const { says, dir } = await folder(t, {})
  await mkdir(join(dir, '..one'))
  await writeFile(join(dir, '..one/web.yaml'), ingress('web'))
  await symlink('..one', join(dir, '..data'))
  await symlink('..data/web.yaml', join(dir, 'web.yaml'))
  await says('web nginx')

  // As the kubelet does it: a new folder, a new link, one rename, and the old folder goes.
  await mkdir(join(dir, '..two'))
  await writeFile(join(dir, '..two/web.yaml'), ingress('web', 'other'))
  await symlink('..two', join(dir, '..data_tmp'))
  await rename(join(dir, '..data_tmp'), join(dir, '..data'))
  await rm(join(dir, '..one'), { recursive: true })
  assert.deepEqual(await says('web other'), ['changed Ingress default/web'])
})

test('a folder that is moved away and back is followed again', async (t) => {
  const { says, dir } = await folder(t, { 'a.yaml': ingress('web') })
  await says('web nginx')
  await rename(dir, `${dir}-away`)
  await writeFile(join(`${dir}-away`, 'a.yaml'), ingress('web', 'other'))
  await rename(`${dir}-away`, dir)
  await says('web other')
  await writeFile(join(dir, 'a.yaml'), ingress('web', 'third'))
  await says('web third')
})

test('a Snapshot is a value, and the same one until something changes', async (t) => {
  const { says, dir, source } = await folder(t, {
    'a.yaml': `${ingress('web')}---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\n`,
    'b.yaml': ingress('shop'),
  })
  await says('web nginx', 'shop nginx')
  const before = source.snapshot()
  assert.equal(source.snapshot(), before)

  await writeFile(join(dir, 'b.yaml'), ingress('shop', 'other'))
  await says('web nginx', 'shop other')
  const after = source.snapshot()
  assert.notEqual(after, before)
  assert.equal(after.services, before.services)
  assert.equal(after.ingresses[0], before.ingresses[0])
  assert.deepEqual(
    before.ingresses.map(({ className }) => className),
    ['nginx', 'nginx'],
  )
})

const inNamespace = (namespace: string, name: string): string =>
  ingress(name).replace('{name:', `{namespace: ${namespace}, name:`)
const wrongIn = (namespace: string): string =>
  inNamespace(namespace, 'wrong').replace('{ingressClassName: nginx}', '[]')
const namespace = (name: string, team: string): string =>
  `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}, labels: {team: ${team}}}\n`

test('of one namespace alone, and of what flags name', async (t) => {
  const configMap = (of: string, name: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: ${of}, name: ${name}}\n`
  const { says, dir, source } = await folder(
    t,
    {
      'a.yaml': [inNamespace('shop', 'web'), inNamespace('blog', 'post'), ingress('plain')].join(
        '---\n',
      ),
      'b.yaml': [configMap('system', 'named'), configMap('system', 'other')].join('---\n'),
      'c.yaml': [wrongIn('shop'), wrongIn('blog'), 'apiVersion: v1'].join('---\n'),
      'd.yaml': 'apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: nginx}\n',
    },
    { watchNamespace: 'shop', pinned: { ConfigMap: ['system/named'] } },
  )
  const complaints = [
    'ingress shop/wrong (c.yaml:1): spec: expected an object, got an array; the object is ignored',
    'file c.yaml (line 11, column 1): expected a Kubernetes object with apiVersion and kind; the document is ignored',
  ]
  await says('web nginx', ...complaints)
  assert.deepEqual([...source.snapshot().configMaps.keys()], ['system/named'])
  assert.deepEqual([...(source.snapshot().ingressClasses?.keys() ?? [])], ['nginx'])

  await writeFile(join(dir, 'a.yaml'), inNamespace('shop', 'new') + '---\n' + ingress('plain'))
  assert.deepEqual(await says('new nginx', ...complaints), [
    'removed Ingress shop/web',
    'created Ingress shop/new',
  ])
})

test('of the namespaces whose labels match, as they are edited', async (t) => {
  const files = {
    'a.yaml': [inNamespace('shop', 'web'), inNamespace('blog', 'post'), ingress('plain')].join(
      '---\n',
    ),
    'b.yaml': [namespace('shop', 'web'), namespace('blog', 'other')].join('---\n'),
  }
  const { says, dir } = await folder(t, files, { watchNamespaceSelector: 'team=web' })
  await says('web nginx')
  await writeFile(join(dir, 'b.yaml'), namespace('blog', 'web'))
  assert.deepEqual(await says('post nginx'), [
    'removed Ingress shop/web',
    'removed Namespace shop',
    'created Ingress blog/post',
    'changed Namespace blog',
  ])
  // The API server gives every namespace its name as a label.
  const named = { watchNamespaceSelector: 'kubernetes.io/metadata.name in (shop, default)' }
  const other = await folder(t, files, named)
  await other.says('web nginx', 'plain nginx')
})

test('a namespace that no object is in is told', async (t) => {
  const lines: unknown[] = []
  const error = (fields: unknown, message?: string): void => void lines.push([message, fields])
  const log = { ...quiet, error }
  const files = { 'a.yaml': inNamespace('shop', 'web'), 'b.yaml': namespace('empty', 'web') }
  for (const watchNamespace of ['shop', 'empty', 'missing'])
    await folder(t, files, { watchNamespace }, log)
  assert.deepEqual(lines, [
    ['did not find the namespace of --watch-namespace', { namespace: 'missing' }],
  ])
})

test('a folder that does not exist is an error that names it', async () => {
  await assert.rejects(
    follow('/nowhere/at/all'),
    /--manifests: there is no folder \/nowhere\/at\/all/,
  )
  await assert.rejects(follow(import.meta.filename), /is not a folder/)
})
