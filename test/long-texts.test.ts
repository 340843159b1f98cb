// nginx refuses everything for a word above 4,096 bytes. However long what an Ingress says is, and
// whatever else is wrong with it: it is a Diagnostic of that Ingress, and the others are served.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as fc from 'fast-check'
import type { Look } from '../src/annotations/look.ts'
import { annotations } from '../src/annotations/registry.ts'
import type { Diagnostic } from '../src/diagnostics.ts'
import type { Ingress } from '../src/objects/kinds.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { annotate } from '../src/translate/ingresses/annotate.ts'
import { surroundingsOf } from '../src/translate/ingresses/surroundings.ts'
import { settingsOf } from '../src/settings/settings.ts'
import { judges } from './support/nginx-verdict.ts'
import { configMap, configMapKey, ingress, withBasics } from './support/snapshots.ts'
import { optionsOf, translated } from './support/translated.ts'
import { withAnnotation } from './support/with-annotation.ts'

const judged = await judges()
after(() => Promise.all(judged.map((judge) => judge.close())))

const long = 'a'.repeat(2020)
const other = ingress({ name: 'other', host: 'other.example.com' })

/** By annotation: texts that come to more than nginx takes, some of them only once they are printed. */
const tooLong: Readonly<Record<string, readonly string[]>> = {
  'auth-url': [
    `http://${long}.example/`,
    `http://auth.example.com/?${'$best_http_host'.repeat(64)}`,
    `http://auth.example.com/?${'${host}'.repeat(200)}`,
  ],
  'auth-signin': [
    `https://${long}.example/`,
    `/x?${'$best_http_host'.repeat(64)}`,
    `https://${'$best_http_host'.repeat(64)}/`,
    `https://${'$pass_access_scheme'.repeat(50)}/`,
  ],
  'auth-request-redirect': ['$best_http_host'.repeat(64), `https://${long}/`],
  'cors-allow-origin': [
    `https://*.${'a.'.repeat(700)}a`,
    `https://${long}`,
    `${long}://a.example`,
    `${'a+'.repeat(700)}://*.a.example`,
    `https://${'a'.repeat(240)}.example`,
    `https://${'a'.repeat(64)}.example`,
    `https://${'a.'.repeat(120)}example`,
  ],
  'rewrite-target': [`https://${long}.example/`, `/${long}`],
  'permanent-redirect': [`https://${long}.example/`, `https://a.example/${long}`],
  'app-root': [`/${long}`],
  'upstream-vhost': ['$http_'.concat('a'.repeat(60)).repeat(40), long],
  'upstream-hash-by': ['$http_'.concat('a'.repeat(60)).repeat(40), `$host${long}`],
  'canary-by-header-value': [long],
  'canary-by-header-pattern': [long],
  'canary-by-cookie': [long],
  'cors-allow-methods': [long],
  'cors-allow-headers': [long],
  'auth-realm': [long],
}

/** As long as the rules for a text let it be, whatever the text is for. */
const everywhere = [long, `/${long}`, `https://${long}/`, '$host'.repeat(400), 'é'.repeat(1000)]

for (const [name, texts] of Object.entries(tooLong))
  void test(`${name}: a text that is too long is a Diagnostic`, async () => {
    for (const text of texts) {
      const objects = withBasics(...withAnnotation(name, text), other)
      const { diagnostics } = translated(snapshotOf(objects))
      const found = diagnostics.find(({ field }) => field === name)
      assert.equal(found?.code, 'annotation-invalid', text)
      await accepts(objects, text)
    }
  })

void test('no annotation stops the others, however long it is', async () => {
  for (const name of annotations.keys())
    for (const text of everywhere)
      assert.doesNotThrow(
        () => translated(snapshotOf(withBasics(...withAnnotation(name, text), other))),
        `${name}: ${text}`,
      )
  await accepts(
    withBasics(
      ...[...annotations.keys()].flatMap((name, i) => {
        const at = { name: `i${i}`, namespace: 'shop', host: `h${i}.example.com` }
        return withAnnotation(name, long, {}, at)
      }),
    ),
    'all',
  )
})

// a part of a value that is good, many times over: what stands for it may be longer than it is
void test('values that repeat themselves are read or refused, and never the last defence catches them', () => {
  const values = [...annotations.values()].flatMap(({ name, field }) =>
    field.accepts.map((value) => [name, value] as const),
  )
  fc.assert(
    fc.property(
      fc.constantFrom(...values),
      fc.nat({ max: 60 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 2, max: 2000 }),
      ([name, value], from, length, times) => {
        const start = from % (value.length + 1)
        const [head, part] = [value.slice(0, start), value.slice(start, start + length)]
        const whole = [head, part.repeat(times), value.slice(start + length)].join('')
        const text = whole.slice(0, 60_000)
        const { complaints } = translated(
          snapshotOf(withBasics(...withAnnotation(name, text), other)),
        )
        assert.doesNotMatch(complaints, /cannot be printed/, `${name}: ${text}`)
      },
    ),
    { numRuns: 600 },
  )
})

const label = 'a'.repeat(63)

void test('cors-allow-origin: the longest origins, and as many as an annotation holds', async () => {
  const longest = `${'a'.repeat(10)}://${label}.${label}.${label}.`
    .padEnd(224, 'b')
    .concat(':65535')
  const many = Array.from({ length: 5000 }, (_, i) => `http://h${i}`).join()
  for (const text of [longest, longest.replace('://aa', '://*.'), many]) {
    const objects = withBasics(...withAnnotation('cors-allow-origin', text), other)
    assert.equal(translated(snapshotOf(objects)).complaints, '', text)
    await accepts(objects, text.slice(0, 300))
  }
})

/** A name of `length` characters. */
const header = (length: number): string => 'X-'.padEnd(length, 'Token-').replace(/-$/, 'n')

void test('auth-response-headers: names as long as nginx has room for, over every protocol', async () => {
  const protocols = ['HTTP', 'HTTPS', 'GRPC', 'GRPCS']
  for (const length of [46, 47, 100]) {
    const objects = withBasics(
      other,
      ...protocols.flatMap((protocol) => {
        const at = { name: protocol.toLowerCase(), namespace: 'shop', host: `${protocol}.example` }
        const more = { 'backend-protocol': protocol }
        return withAnnotation('auth-response-headers', header(length), more, at)
      }),
    )
    const { diagnostics } = translated(snapshotOf(objects))
    assert.deepEqual(
      diagnostics.map(({ field }) => field),
      length > 46 ? protocols.map(() => 'auth-response-headers') : [],
    )
    await accepts(objects, String(length))
  }
})

void test('canary-by-header and forwarded-for-header: the longest names', async () => {
  const data = {
    'forwarded-for-header': header(100),
    'use-forwarded-headers': 'true',
    'compute-full-forwarded-for': 'true',
  }
  const at = { name: 'web', namespace: 'shop', host: 'grpc.example' }
  const more = { 'backend-protocol': 'GRPC' }
  const objects = withBasics(
    ...withAnnotation('canary-by-header', header(100), more, at),
    configMap(data),
  )
  await accepts(objects, 'headers', [`--configmap=${configMapKey}`])
})

/** Every nginx, in each of its ways to know endpoints. */
async function accepts(
  objects: ReturnType<typeof withBasics>,
  what: string,
  flags: readonly string[] = [],
): Promise<void> {
  for (const judge of judged)
    for (const endpointUpdates of ['reload', 'resolve'] as const) {
      if (endpointUpdates === 'resolve' && !judge.place.abilities.resolve) continue
      const place = { ...optionsOf(flags), ...judge.place, endpointUpdates }
      const { bundle } = translated(snapshotOf(objects), place)
      assert.equal(await judge.complaints(bundle), '', `${judge.version}: ${what}`)
    }
}

const look: Look = {
  secret: () => assert.fail('no Secret can be read'),
  configMap: () => undefined,
  upstream: () => assert.fail('no upstream can be found'),
}

void test('where an annotation makes us throw, its Ingress alone is denied', () => {
  const options = optionsOf()
  const around = surroundingsOf(undefined, settingsOf(undefined).settings, options)
  const found: Diagnostic[] = []
  const annotations = {
    'auth-type': 'basic',
    'auth-secret': 'users',
    'auth-url': 'http://a.example/',
  }
  const one = ingress({ name: 'web', host: 'shop.example.com', annotations })
  const { denial, contributions } = annotate(one, around, look, (each) => found.push(each))
  assert.deepEqual(
    found.map(({ field, instead }) => [field, instead]),
    [
      ['auth-type', 'its paths answer 503, because what protects fails closed'],
      ['auth-url', 'its paths answer 503, because what protects fails closed'],
    ],
  )
  assert.equal(denial?.field, 'auth-type')
  assert.equal(contributions.has('basic-auth'), false)
})

void test('where a host makes us throw, it alone answers 503', async () => {
  // no object that was decoded has such a namespace
  const one = { ...ingress({ name: 'web', host: 'shop.example.com' }), namespace: 'no word' }
  const everything: Ingress = {
    ...one,
    name: 'all',
    rules: [],
    defaultBackend: { kind: 'service', name: 'web', port: 80 },
  }
  const objects = withBasics(one, everything, other)
  const { complaints, config } = translated(snapshotOf(objects))
  assert.match(complaints, /shop\.example\.com cannot be printed: .*; the host answers 503/)
  assert.match(complaints, /\(any\) cannot be printed: .*; the host answers 503/)
  const of = (host: string) => config.servers.find((server) => server.host === host)
  assert.deepEqual(
    of('shop.example.com')?.locations.map(({ answer }) => answer),
    [{ kind: 'return', code: 503 }],
  )
  assert.deepEqual(
    of('_')?.locations.map(({ answer }) => answer),
    [200, 503].map((code) => ({ kind: 'return', code })),
  )
  assert.equal(of('other.example.com')?.locations[0]?.answer.kind, 'pass')
  await accepts(objects, 'closed')
})
