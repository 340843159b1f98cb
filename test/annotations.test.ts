// Every entry of the registry: what it accepts is rendered and accepted by nginx, what it rejects is a
// Diagnostic, and says what its documentation says.

import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { annotations } from '../src/annotations/registry.ts'
import { unsupported } from '../src/annotations/unsupported.ts'
import type { Ingress } from '../src/objects/kinds.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { judges } from './support/nginx-verdict.ts'
import { ingress, withBasics } from './support/snapshots.ts'
import { optionsOf, translated } from './support/translated.ts'

const entries = [...annotations]
const translate = (...ingresses: readonly Ingress[]) =>
  translated(snapshotOf(withBasics(...ingresses)))
const one = (annotation: string, value: string): Ingress =>
  ingress({ name: 'web', host: 'shop.example.com', annotations: { [annotation]: value } })
const serverOf = (text: string, host = 'shop.example.com'): string =>
  text.split(/\n\n(?= {4}# )/).find((part) => part.includes(`server_name ${host};`)) ?? ''

for (const [name, { field }] of entries)
  void suite(name, () => {
    void test('has a sentence and examples', () => {
      assert.match(field.summary, /^[A-Z].*\.$/s)
      assert.ok(field.value.expected !== '')
      assert.ok(field.rejects.length > 0)
      assert.equal(unsupported.has(name), false)
    })

    for (const spelt of [name, ...(field.aliases ?? [])])
      void test(`${spelt}: accepts`, () => {
        for (const value of field.accepts)
          assert.deepEqual(translate(one(spelt, value)).diagnostics, [], JSON.stringify(value))
      })

    void test('rejects', () => {
      for (const value of field.rejects)
        assert.equal(field.value.parse(value), undefined, JSON.stringify(value))
    })

    void test('a rejected value is a Diagnostic, and what protects fails closed', () => {
      const without = serverOf(translate(ingress({ name: 'web', host: 'shop.example.com' })).text)
      // An Ingress has values without white space around them; an empty one counts as absent.
      for (const value of field.rejects.filter((text) => text.trim() === text && text !== '')) {
        const { diagnostics, text } = translate(one(name, value))
        assert.deepEqual(
          diagnostics.map(({ code, severity, field }) => ({ code, severity, field })),
          [{ code: 'annotation-invalid', severity: 'error', field: name }],
          JSON.stringify(value),
        )
        const server = serverOf(text)
        switch (field.onInvalid ?? 'default') {
          case 'default':
            assert.equal(server, without)
            break
          case 'deny':
            assert.match(server, /location \/ \{\n +return 503; # [\w-]+\n/)
            break
          case 'refuse':
            assert.equal(server, '')
        }
      }
    })
  })

void test('an alias counts only where the name itself is absent', () => {
  for (const [name, { field }] of entries)
    for (const alias of field.aliases ?? []) {
      const { accepts } = field
      const annotated = { [name]: accepts[0], [alias]: 'nonsense, for it is not read' }
      const both = translate(
        ingress({ name: 'web', host: 'shop.example.com', annotations: annotated }),
      )
      assert.deepEqual(both.diagnostics, [])
      assert.equal(both.text, translate(one(name, accepts[0])).text)
    }
})

void test('a list may be longer than what nginx takes for one word', () => {
  const networks = Array.from({ length: 1000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`)
  const { text, diagnostics } = translate(one('allowlist-source-range', networks.join(',')))
  assert.deepEqual(diagnostics, [])
  for (const network of networks) assert.ok(text.includes(` ${network}`), network)
  const longer = Array.from({ length: 6000 }, () => '10.0.0.0/8').join(',')
  const [refusal] = translate(one('allowlist-source-range', longer)).diagnostics
  assert.match(refusal?.problem ?? '', /^expected at most 65536 characters, got 65999$/)
})

void test('an annotation that is not implemented is never silent', () => {
  for (const [name, failure] of unsupported) {
    const { diagnostics, text } = translate(one(name, 'anything'))
    assert.deepEqual(
      diagnostics.map(({ code, field }) => ({ code, field })),
      [{ code: 'annotation-unknown', field: name }],
    )
    const server = serverOf(text)
    if (failure === 'refuse') assert.equal(server, '', name)
    else assert.equal(/return 503/.test(server), failure === 'deny', name)
  }
})

void test('an unknown annotation names the nearest known one', () => {
  const [diagnostic] = translate(one('proxy-body-sise', '8m')).diagnostics
  assert.match(diagnostic?.problem ?? '', /^unknown annotation, perhaps proxy-body-size is meant$/)
})

const accepted = entries.flatMap(([name, { field }]) =>
  field.accepts.map((value) => ({ name, value })),
)
const examples = [
  ...accepted.map(({ name, value }, i) =>
    ingress({ name: `one-${i}`, host: `one-${i}.example.com`, annotations: { [name]: value } }),
  ),
  // all of them at once, and with every protocol
  ...['HTTP', 'HTTPS', 'GRPC', 'GRPCS'].map((protocol) =>
    ingress({
      name: `all-${protocol.toLowerCase()}`,
      host: `all-${protocol.toLowerCase()}.example.com`,
      paths: ['/(a)/(b)', '/'],
      pathType: 'ImplementationSpecific',
      annotations: {
        ...Object.fromEntries(entries.map(([name, { field }]) => [name, field.accepts[0]])),
        'backend-protocol': protocol,
      },
    }),
  ),
]

const judged = await judges()
after(() => Promise.all(judged.map((judge) => judge.close())))

for (const judge of judged)
  void test(`nginx ${judge.version} takes every accepted value, alone and all together`, async () => {
    const snapshot = snapshotOf(withBasics(...examples))
    const { bundle, complaints } = translated(snapshot, { ...optionsOf(), ...judge.place })
    assert.equal(complaints, '')
    assert.equal(await judge.complaints(bundle), '')
  })
