// Every entry of the registry: what it accepts is rendered and accepted by nginx, what it rejects is a
// Diagnostic, and says what its documentation says.

import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import type { Field } from '../src/annotations/feature.ts'
import { annotations } from '../src/annotations/registry.ts'
import { unsupported } from '../src/annotations/unsupported.ts'
import { grpcNameOf } from '../src/model/directive.ts'
import type { Ingress } from '../src/objects/kinds.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import type { TranslateOptions } from '../src/translate/translation.ts'
import { judges } from './support/nginx-verdict.ts'
import { withBasics } from './support/snapshots.ts'
import { optionsOf, translated } from './support/translated.ts'
import { everythingOver, withAnnotation } from './support/with-annotation.ts'
import { withoutEndpoints } from './support/without-endpoints.ts'

const entries = [...annotations]
const translate = (...ingresses: readonly Ingress[]) => translateBy(optionsOf(), ...ingresses)
const translateBy = (options: TranslateOptions, ...ingresses: readonly Ingress[]) =>
  translated(snapshotOf(withBasics(...ingresses)), options)
const host = 'shop.example.com'
const one = (name: string, value: string) => translate(...withAnnotation(name, value))
/** The same without the annotation. */
const without = (name: string, more: Readonly<Record<string, string>> = {}) =>
  translate(...withAnnotation(name, '', more))
const serverOf = (text: string): string =>
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
          assert.deepEqual(one(spelt, value).diagnostics, [], JSON.stringify(value))
      })

    void test('rejects', () => {
      for (const value of field.rejects)
        assert.equal(field.value.parse(value), undefined, JSON.stringify(value))
    })

    void test('a rejected value is a Diagnostic, and what protects fails closed', () => {
      const standard = serverOf(without(name).text)
      // An Ingress has values without white space around them; an empty one counts as absent.
      for (const value of field.rejects.filter((text) => text.trim() === text && text !== '')) {
        const { diagnostics, text } = one(name, value)
        assert.deepEqual(
          diagnostics
            .filter(({ code }) => code !== 'path-conflict') // of what is no canary
            .map(({ code, severity, field }) => ({ code, severity, field })),
          [{ code: 'annotation-invalid', severity: 'error', field: name }],
          JSON.stringify(value),
        )
        const server = serverOf(text)
        switch (field.onInvalid ?? 'default') {
          case 'default':
            assert.equal(server, standard)
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

/** The server without comments, which do nothing. */
const instructionsOf = (text: string): string =>
  serverOf(withoutEndpoints(text)).replaceAll(/(?:^| +)# .*$/gm, '')

/** With TLS, so that plain HTTP is redirected. */
const overTls = (one: Ingress): Ingress => ({ ...one, tls: [{ hosts: [host], secretName: '' }] })

for (const endpointUpdates of ['reload', 'resolve'] as const)
  for (const protocol of ['HTTP', 'HTTPS', 'GRPC', 'GRPCS'])
    void test(`every example changes the server of a backend that speaks ${protocol}: ${endpointUpdates}`, () => {
      const options = { ...optionsOf(), endpointUpdates }
      for (const [name, { field }] of entries) {
        const isProtocol = name === 'backend-protocol'
        const [example] = isProtocol ? [protocol] : field.accepts
        const more: Readonly<Record<string, string>> = isProtocol
          ? {}
          : { 'backend-protocol': protocol }
        if (isProtocol && protocol === 'HTTP') continue // as without
        if (protocol.startsWith('GRPC') && isOfHttpAlone(field, example)) continue
        const changes = [(each: Ingress) => each, overTls].some((made) => {
          const [server, bare] = [example, ''].map((value) =>
            instructionsOf(
              translateBy(options, ...withAnnotation(name, value, more).map(made)).text,
            ),
          )
          return server !== bare
        })
        assert.ok(changes, name)
      }
    })

/** gRPC is always streamed: what buffers means nothing there. */
function isOfHttpAlone(field: Field<unknown>, text: string): boolean {
  const lines = field.tuning?.(field.value.parse(text)) ?? []
  return lines.length > 0 && lines.every(({ name }) => name && grpcNameOf(name) === undefined)
}

void test('an alias counts only where the name itself is absent', () => {
  for (const [name, { field }] of entries)
    for (const alias of field.aliases ?? []) {
      const { accepts } = field
      const annotated = { [name]: accepts[0], [alias]: 'nonsense, for it is not read' }
      const both = translate(...withAnnotation(name, accepts[0], annotated))
      assert.deepEqual(both.diagnostics, [])
      assert.equal(both.text, one(name, accepts[0]).text)
    }
})

void test('a list may be longer than what nginx takes for one word', () => {
  const networks = Array.from({ length: 1000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`)
  const { text, diagnostics } = one('allowlist-source-range', networks.join(','))
  assert.deepEqual(diagnostics, [])
  for (const network of networks) assert.ok(text.includes(` ${network}`), network)
  const longer = Array.from({ length: 6000 }, () => '10.0.0.0/8').join(',')
  const [refusal] = one('allowlist-source-range', longer).diagnostics
  assert.match(refusal?.problem ?? '', /^expected at most 65536 characters, got 65999$/)
})

void test('an annotation that is not implemented is never silent', () => {
  for (const [name, failure] of unsupported) {
    const { diagnostics, text } = one(name, 'anything')
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
  const [diagnostic] = one('proxy-body-sise', '8m').diagnostics
  assert.match(diagnostic?.problem ?? '', /^unknown annotation, perhaps proxy-body-size is meant$/)
})

/** `one` with a host and a name of its own. */
function elsewhere(one: Ingress, name: string): Ingress {
  return {
    ...one,
    name: `${one.name}-${name}`,
    rules: one.rules.map((rule) => ({ ...rule, host: `${name}.example.com` })),
  }
}

const examples = entries.flatMap(([name, { field }], i) =>
  field.accepts.flatMap((value, j) =>
    withAnnotation(name, value).map((each) => elsewhere(each, `one-${i}-${j}`)),
  ),
)

/** Lists in which everything is there twice. */
const repeated = entries.flatMap(([name, { field }], i) =>
  field.accepts
    .flatMap((value) => [`${value}, ${value}`, `${value},${value.toUpperCase()}`])
    .filter((value) => field.value.parse(value) !== undefined)
    .flatMap((value, j) =>
      withAnnotation(name, value).map((each) => elsewhere(each, `twice-${i}-${j}`)),
    ),
)

/** All of them at once, with every protocol. */
const everything = ['HTTP', 'HTTPS', 'GRPC', 'GRPCS'].map(everythingOver)

const judged = await judges()
after(() => Promise.all(judged.map((judge) => judge.close())))

for (const judge of judged)
  void test(`nginx ${judge.version} takes every accepted value, alone and all together`, async () => {
    const snapshot = snapshotOf(withBasics(...examples, ...everything))
    const { bundle, complaints } = translated(snapshot, { ...optionsOf(), ...judge.place })
    assert.equal(complaints, '')
    assert.equal(await judge.complaints(bundle), '')
  })

for (const judge of judged)
  void test(`nginx ${judge.version} takes lists that repeat themselves`, async () => {
    assert.ok(repeated.length > 10)
    const options = { ...optionsOf(), ...judge.place }
    const { bundle } = translated(snapshotOf(withBasics(...repeated)), options)
    assert.equal(await judge.complaints(bundle), '')
  })

/** Parts of accepted values, many times over, and an end that is refused: a hang would end the test. */
void test('no text takes long to read', () => {
  for (const [, { field }] of entries)
    for (const value of field.accepts)
      for (let start = 0; start < value.length; start++)
        for (const length of [1, 2, 3, value.length]) {
          const part = value.slice(start, start + length)
          for (const end of [';', '\u0001', '$', ''])
            field.value.parse(value.slice(0, start) + part.repeat(40) + end)
        }
  // as long as an annotation may be
  for (const [, { field }] of entries)
    for (const part of [',', ' ', ', ', 'a', 'a,', '/', '$a', '1', '.', ':'])
      field.value.parse(`${part.repeat(65_000 / part.length)};`)
})
