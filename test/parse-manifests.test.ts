import assert from 'node:assert/strict'
import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseManifests, readManifests } from '../src/cluster/read-manifests.ts'
import { diagnosticText } from '../src/diagnostics.ts'

const ingress = (name: string): string =>
  `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: ${name}\n`

const read = (text: string) => {
  const { objects, diagnostics, count } = parseManifests(text, 'a.yaml', 10)
  return {
    objects: objects.map(
      ({ kind, name, order, source }) => `${kind} ${name} #${order} ${source ?? ''}`,
    ),
    diagnostics: diagnostics.map(diagnosticText),
    count,
  }
}

test('each document has its order and its line', () => {
  assert.deepEqual(
    read(`# first\n${ingress('one')}---\n\n${ingress('two')}---\n# nothing\n---\n`),
    {
      objects: ['Ingress one #10 a.yaml:2', 'Ingress two #11 a.yaml:8'],
      diagnostics: [],
      count: 2,
    },
  )
})

test('CRLF, a byte order mark, tabs in JSON and several JSON documents are read', () => {
  assert.deepEqual(read(`\ufeff${ingress('one').replaceAll('\n', '\r\n')}`).objects, [
    'Ingress one #10 a.yaml:1',
  ])
  const json = '{\n\t"apiVersion": "v1",\n\t"kind": "Service",\n\t"metadata": {"name": "s"}\n}\n'
  assert.deepEqual(read(json).objects, ['Service s #10 a.yaml:1'])
  assert.deepEqual(read(`${json}---\n${json.replace('"s"', '"t"')}`).objects, [
    'Service s #10 a.yaml:1',
    'Service t #11 a.yaml:7',
  ])
})

test('the items of a List are objects, each with its line', () => {
  const list = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: s}
- {apiVersion: v1, kind: Pod, metadata: {name: p}}
- apiVersion: networking.k8s.io/v1
  kind: Ingress
  metadata: {name: i}
`
  assert.deepEqual(read(list), {
    objects: ['Service s #10 a.yaml:4', 'Ingress i #12 a.yaml:8'],
    diagnostics: [],
    count: 3,
  })
})

test('the items of an IngressList need not say what they are', () => {
  const list = `apiVersion: networking.k8s.io/v1
kind: IngressList
items:
- metadata: {name: one}
- metadata: {name: two}
`
  assert.deepEqual(read(list).objects, ['Ingress one #10 a.yaml:4', 'Ingress two #11 a.yaml:5'])
})

test('anchors and merge keys are followed', () => {
  const text = `apiVersion: v1
kind: List
items:
- &base {apiVersion: v1, kind: Service, metadata: {name: one}}
- <<: *base
  metadata: {name: two}
`
  assert.deepEqual(read(text).objects, ['Service one #10 a.yaml:4', 'Service two #11 a.yaml:5'])
})

test('kinds that are not for Sluice are left out', () => {
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: k}
---
apiVersion: config.openshift.io/v1
kind: Ingress
metadata: {name: cluster}
`
  assert.deepEqual(read(text), { objects: [], diagnostics: [], count: 3 })
})

test('a kind or a group that is nearly one of ours is refused, others are left out', () => {
  const cases = {
    'apiVersion: networking.k8s.io/v1\nkind: ingress': 'kind: expected Ingress, got "ingress"',
    'apiVersion: v1\nkind: Services': 'kind: expected Service, got "Services"',
    'apiVersion: networking.k8.io/v1\nkind: Ingress':
      'apiVersion: expected networking.k8s.io/v1, got "networking.k8.io/v1"',
  }
  for (const [text, problem] of Object.entries(cases)) {
    const kind = problem.includes('Service') ? 'service' : 'ingress'
    assert.deepEqual(read(`${text}\nmetadata: {name: web}\n`).diagnostics, [
      `${kind} web (a.yaml:1): ${problem}; the object is ignored`,
    ])
  }
  for (const foreign of [
    'apiVersion: v1\nkind: ServiceAccount',
    'apiVersion: v1\nkind: Endpoints',
    'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy',
    'apiVersion: networking.k8s.io/v1\nkind: ServiceCIDR',
    'apiVersion: traefik.io/v1alpha1\nkind: IngressRoute',
    'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret',
    'apiVersion: networking.internal.knative.dev/v1alpha1\nkind: Ingress',
  ])
    assert.deepEqual(read(`${foreign}\nmetadata: {name: web}\n`).diagnostics, [], foreign)
})

test('an old apiVersion is refused with the one that is expected', () => {
  for (const old of ['extensions/v1beta1', 'networking.k8s.io/v1beta1'])
    assert.deepEqual(read(ingress('web').replace('networking.k8s.io/v1', old)), {
      objects: [],
      diagnostics: [
        `ingress web (a.yaml:1): apiVersion: expected networking.k8s.io/v1, got "${old}"; the object is ignored`,
      ],
      count: 1,
    })
})

test('what is no object is refused where it stands', () => {
  const expected = 'expected a Kubernetes object with apiVersion and kind'
  assert.deepEqual(read('just text\n---\n- 1\n---\nmetadata: {name: x}\n').diagnostics, [
    `file a.yaml (line 1, column 1): ${expected}; the document is ignored`,
    `file a.yaml (line 3, column 1): ${expected}; the document is ignored`,
    `file a.yaml (line 5, column 1): ${expected}; the document is ignored`,
  ])
  const list = 'apiVersion: v1\nkind: List\nitems:\n- {}\n'
  assert.deepEqual(read(list).diagnostics, [
    `file a.yaml (line 4, column 3): ${expected}; the document is ignored`,
  ])
})

test('a document that cannot be read is one diagnostic, and the others count', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a: [1\nb: 2\n', 'line 7, column 1): Flow sequence '],
    ['a: 1\na: 2\n', 'line 7, column 1): Map keys must be unique;'],
    ['a: *nothing\n', 'line 6, column 1): Unresolved alias '],
    ['{"a": 1', 'line 7, column 1): Flow map must end with a };'],
    ["a: 'x\n", "line 8, column 1): Missing closing 'quote;"],
    ['a: "x\n', 'line 8, column 1): Missing closing "quote;'],
    ['a: {\n', 'line 8, column 1): Flow map '],
    ['a:\n\tb: 1\n', 'line 7, column 1): Tabs are not allowed as indentation;'],
    [bomb(), 'line 6, column 1): Excessive alias count'],
  ]
  for (const [text, expected] of cases) {
    const { objects, diagnostics, count } = read(
      `${ingress('one')}---\n${text}\n---\n${ingress('two')}---\n${ingress('three')}`,
    )
    assert.deepEqual(
      objects.map((each) => each.replace(/ a\.yaml:\d+$/, '')),
      ['Ingress one #10', 'Ingress two #12', 'Ingress three #13'],
      text,
    )
    assert.equal(count, 4)
    assert.equal(diagnostics.length, 1, text)
    assert.ok(diagnostics[0]?.startsWith(`file a.yaml (${expected}`), diagnostics[0])
    assert.match(diagnostics[0] ?? '', /; the document is ignored$/)
  }
})

test('lines are those of the file, beside a broken document and a directive', () => {
  const text = `%YAML 1.2\n# a comment\n---\na: "\n---\n${ingress('one')}--- # more\n${ingress('two')}`
  assert.deepEqual(read(text), {
    objects: ['Ingress one #11 a.yaml:6', 'Ingress two #12 a.yaml:11'],
    diagnostics: [
      'file a.yaml (line 5, column 1): Missing closing "quote; the document is ignored',
    ],
    count: 3,
  })
})

/** Aliases that multiply to billions of values. */
function bomb(): string {
  const levels = 'bcdefghij'.split('')
  const lines = levels.map((name, i) => {
    const before = i === 0 ? 'a' : levels[i - 1]
    return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`
  })
  return ['a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]', ...lines, ''].join('\n')
}

test('files and folders are read in the order of their paths, links included', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-manifests-'))
  t.after(() => rm(dir, { recursive: true }))
  await mkdir(join(dir, 'a/deep'), { recursive: true })
  await mkdir(join(dir, '.git'))
  await writeFile(
    join(dir, 'a/deep/z.json'),
    '{"apiVersion":"v1","kind":"Service","metadata":{"name":"z"}}',
  )
  await writeFile(join(dir, 'a.yml'), ingress('second'))
  await writeFile(join(dir, 'B.yaml'), ingress('first'))
  await writeFile(join(dir, '.git/hidden.yaml'), ingress('hidden'))
  await writeFile(join(dir, 'notes.txt'), 'not: [a manifest')
  await symlink('../B.yaml', join(dir, 'a/link.yaml'))
  await symlink('..', join(dir, 'a/circle'))
  await symlink('nowhere.yaml', join(dir, 'dangling.yaml'))

  const { objects, diagnostics } = await readManifests([dir, join(dir, 'missing.yaml')])
  assert.deepEqual(
    objects.map(({ name, order, source }) => [name, order, source]),
    [
      ['first', 3, join(dir, 'a/link.yaml:1')],
      ['second', 1, join(dir, 'a.yml:1')],
      ['z', 2, join(dir, 'a/deep/z.json:1')],
    ],
  )
  assert.deepEqual(diagnostics.map(diagnosticText), [
    `file ${join(dir, 'missing.yaml')}: ENOENT: no such file or directory, stat '${join(dir, 'missing.yaml')}'; the file is ignored`,
    `ingress default/first (${join(dir, 'B.yaml')}:1, ${join(dir, 'a/link.yaml')}:1): is described twice; the last one counts`,
  ])
})
