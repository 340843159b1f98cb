// Every key of the ConfigMap: what it accepts is rendered and accepted by nginx, what it rejects is a
// Diagnostic and leaves the default.

import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import type { Ingress } from '../src/objects/kinds.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import type { Setting } from '../src/settings/setting.ts'
import { settingsOf } from '../src/settings/settings.ts'
import { table } from '../src/settings/table.ts'
import type { SettingKey } from '../src/settings/table.ts'
import { unsupported } from '../src/settings/unsupported.ts'
import { variableNames } from '../src/settings/variables.ts'
import { judges } from './support/nginx-verdict.ts'
import { configMap, configMapKey, ingress, withBasics } from './support/snapshots.ts'
import { optionsOf, translated } from './support/translated.ts'

const keys = Object.keys(table) as SettingKey[]
const entryOf = (key: SettingKey): Setting<unknown> => table[key] as unknown as Setting<unknown>
const defaults = settingsOf(undefined).settings
const { origins } = defaults
const read = (data: Readonly<Record<string, string>>) => settingsOf(configMap(data))

for (const key of keys)
  void suite(key, () => {
    const entry = entryOf(key)

    void test('has a sentence, examples and a default of its own grammar', () => {
      assert.match(entry.summary, /^\S.*\.$/s)
      assert.ok(entry.accepts.length > 0 && entry.rejects.length > 0)
      assert.notEqual(entry.value.parse(entry.default), undefined)
      assert.equal(unsupported.has(key), false)
    })

    for (const name of [key, ...entry.aliases])
      void test(`${name}: accepts`, () => {
        for (const value of entry.accepts) {
          const { settings, diagnostics } = read({ [name]: value })
          assert.deepEqual(diagnostics, [], JSON.stringify(value))
          assert.deepEqual(settings[key], entry.value.parse(value))
        }
        assert.notDeepEqual(read({ [name]: entry.accepts[0] ?? '' }).settings, defaults)
      })

    void test('a rejected value is a Diagnostic, and the default counts unless that is open', () => {
      const { closed } = entry
      const instead = closed === undefined ? defaults[key] : closed.value
      for (const value of entry.rejects) {
        const { settings, diagnostics } = read({ [key]: value })
        assert.deepEqual(
          diagnostics.map(({ code, severity, field }) => ({ code, severity, field })),
          [{ code: 'setting-invalid', severity: 'error', field: key }],
          JSON.stringify(value),
        )
        assert.deepEqual({ ...settings, origins }, { ...defaults, [key]: instead, origins })
        // behind what a default says stands nothing
        assert.equal(settings.origins.get(key)?.field, closed === undefined ? undefined : key)
      }
    })
  })

void test('a key that nginx refuses counts as one that cannot be read', () => {
  for (const key of keys) {
    const data = { [key]: entryOf(key).accepts[0] ?? '' }
    const { settings, diagnostics } = settingsOf({
      ...configMap(data),
      refused: new Map([[key, 'it is not there']]),
    })
    const invalid = read({ [key]: entryOf(key).rejects[0] ?? '' })
    assert.deepEqual(settings, invalid.settings, key)
    assert.deepEqual(
      diagnostics.map(({ code, severity, field, problem }) => ({ code, severity, field, problem })),
      [
        {
          code: 'setting-refused',
          severity: 'error',
          field: key,
          problem: 'nginx refuses it: it is not there',
        },
      ],
    )
    assert.equal(diagnostics[0]?.instead, invalid.diagnostics[0]?.instead, key)
  }
})

void test('white space around a value does not count', () => {
  assert.deepEqual(read({ 'proxy-body-size': ' 8m\n' }), read({ 'proxy-body-size': '8m' }))
})

void test('a key of ingress-nginx that is not implemented is never silent', () => {
  for (const key of unsupported) {
    const { settings, diagnostics } = read({ [key]: 'true' })
    assert.deepEqual(
      diagnostics.map(({ code, field }) => ({ code, field })),
      [{ code: 'setting-unknown', field: key }],
    )
    assert.deepEqual(settings, defaults)
  }
})

void test('an unknown key names the nearest one', () => {
  const [diagnostic] = read({ 'proxy-read-timeuot': '60' }).diagnostics
  assert.equal(diagnostic?.code, 'setting-unknown')
  assert.match(diagnostic?.problem ?? '', /^unknown key, perhaps proxy-read-timeout is meant$/)
})

void test('keys that every object has are data', () => {
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const { settings, diagnostics } = settingsOf({
      ...configMap({}),
      data: new Map([[key, '{"hsts":"false"}']]),
    })
    assert.deepEqual(
      diagnostics.map(({ code, field }) => ({ code, field })),
      [{ code: 'setting-unknown', field: key }],
    )
    assert.deepEqual(settings, defaults)
  }
})

const judged = await judges()
after(() => Promise.all(judged.map((judge) => judge.close())))

const paths = ['/', '/a']
/** Whatever a key may change has a line somewhere: TLS or none, a name that is exact or not, who comes is asked or not. */
const ingresses: readonly Ingress[] = [
  ingress({ name: 'web', host: 'shop.example.com', paths, secretName: 'missing' }),
  ingress({ name: 'any', host: '*.any.example.com', paths }),
  ingress({ name: 'any-tls', host: '*.tls.example.com', paths, secretName: 'missing' }),
  ingress({
    name: 'grpc',
    host: 'grpc.example.com',
    annotations: { 'backend-protocol': 'GRPC' },
  }),
  ingress({
    name: 'asked',
    host: 'asked.example.com',
    paths,
    annotations: { 'auth-type': 'basic', 'auth-secret': 'users' },
  }),
]
const snapshotWith = (data: Readonly<Record<string, string>>) =>
  snapshotOf(withBasics(configMap(data), ...ingresses))

const ofIngresses = new Set(['backend-protocol', 'auth-type', 'auth-secret'])

// What they say takes lines away, and puts none there that does not stand elsewhere without them.
const takesAway = new Set<SettingKey>([
  'hsts',
  'no-auth-locations',
  'no-tls-redirect-locations',
  'ssl-redirect',
])

/** The digest of the whole. */
const isDigest = (line: string): boolean => /return 200 [0-9a-f]{64};$/.test(line)

void test('behind a line that the ConfigMap asked for stands the key, and behind no other', () => {
  const linesOf = (data: Readonly<Record<string, string>>): readonly string[] =>
    translated(snapshotWith(data), optionsOf([`--configmap=${configMapKey}`]))
      .text.split('\n')
      .map((line) => line.trim())
  const keysBehind = (line: string): readonly string[] =>
    (/[;{] # (.*)$/.exec(line)?.[1]?.split(', ') ?? []).filter((name) => !ofIngresses.has(name))
  const standard = linesOf({})
  const known = new Set(standard)
  assert.deepEqual(standard.flatMap(keysBehind), [])
  for (const key of keys) {
    // with `0` there are no such lines
    const value = key === 'upstream-keepalive-connections' ? '64' : entryOf(key).accepts[0]
    const more = key === 'proxy-real-ip-cidr' ? { 'enable-real-ip': 'true' } : {}
    const lines = linesOf({ ...more, [key]: value ?? '' })
    const behind = new Set(lines.flatMap(keysBehind))
    if (takesAway.has(key)) {
      assert.deepEqual([...behind], [], key)
      assert.notDeepEqual(lines, standard, key)
      for (const line of lines) assert.ok(known.has(line) || isDigest(line), `${key}: ${line}`)
    } else assert.deepEqual([...behind].sort(), [key, ...Object.keys(more)].sort())
  }
})

/** nginx opens the files and finds out the addresses that a configuration names. */
const isOfThisMachine = (key: string, value: string): boolean =>
  key !== 'access-log-path' || !value.startsWith('/')

const accepted = keys.flatMap((key) =>
  entryOf(key)
    .accepts.filter((value) => isOfThisMachine(key, value))
    .map((value) => ({ [key]: value })),
)
const together = keys.map((key) => [key, entryOf(key).accepts[0] ?? ''] as const)
const all = Object.fromEntries(together.filter(([key, value]) => isOfThisMachine(key, value)))

for (const judge of judged) {
  const options = { ...optionsOf([`--configmap=${configMapKey}`]), ...judge.place }

  void test(`nginx ${judge.version} takes every accepted value`, async () => {
    for (const data of [...accepted, all]) {
      const { bundle } = translated(snapshotWith(data), options)
      assert.equal(await judge.complaints(bundle), '', JSON.stringify(data))
    }
  })

  void test(`nginx ${judge.version} has every variable that a log format may use`, async () => {
    const format = [...variableNames].map((variable) => `$${variable}`).join('')
    for (const more of [{}, { 'use-proxy-protocol': 'true', 'use-forwarded-headers': 'true' }]) {
      const data = { 'log-format-upstream': format, ...more }
      assert.deepEqual(read(data).diagnostics, [])
      assert.equal(await judge.complaints(translated(snapshotWith(data), options).bundle), '')
    }
  })
}
