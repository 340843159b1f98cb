// What Ingresses define in http is named by a hash. Should two ever share a name, the older one keeps it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { directive } from '../src/model/directive.ts'
import { literal, nginx } from '../src/model/token.ts'
import type { Annotated } from '../src/translate/ingresses/annotate.ts'
import { definitions } from '../src/translate/ingresses/definitions.ts'
import { KeptDefinitions } from '../src/translate/memory/definitions.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { ingress, withBasics } from './support/snapshots.ts'
import { translated } from './support/translated.ts'

/** An Ingress whose annotations define `text` under a name that all have. */
function defining(name: string, text: string): Annotated {
  const line = directive('map', literal(text))
  return {
    ingress: ingress({ name, host: 'shop.example.com' }),
    origin: { kind: 'Ingress', namespace: 'shop', name },
    policy: {},
    origins: {},
    contributions: new Map([['cors', { http: new Map([['cors_1', line]]) }]]),
    denial: undefined,
    isRefused: false,
  }
}

/** An Ingress for which nginx asks a location that has the same name for all. */
const asking = (name: string): Annotated => ({
  ...defining(name, ''),
  contributions: new Map([
    [
      'external-auth',
      {
        internal: [
          {
            kind: 'subrequest',
            name: nginx`auth_1`,
            origin: { kind: 'Ingress', namespace: 'shop', name },
            answer: { kind: 'return', code: 204, text: literal('') },
            directives: [],
          },
        ],
      },
    ],
  ]),
})

void test('who defines something else under the name of an older one is denied', () => {
  const [old, same, other] = [defining('old', 'a'), defining('same', 'a'), defining('other', 'b')]
  const { annotated, diagnostics } = definitions([old, same, other])
  assert.deepEqual(
    annotated.map(({ denial }) => denial?.name),
    [undefined, undefined, 'other'],
  )
  assert.equal(annotated[2]?.contributions.size, 0)
  assert.deepEqual(
    diagnostics.map(({ object, field }) => [object.name, field]),
    [['other', 'cors']],
  )
})

void test('whoever comes and goes, the same is defined', () => {
  const kept = new KeptDefinitions()
  const [old, same, other] = [defining('old', 'a'), defining('same', 'a'), defining('other', 'b')]
  for (const all of [
    [old],
    [old, same],
    [same],
    [],
    [old, same, other],
    [old, other],
    [],
    [other],
    [same],
  ]) {
    const { annotated, lines, diagnostics } = kept.of(all)
    const expected = definitions(all)
    assert.deepEqual(lines, expected.lines)
    assert.deepEqual(annotated, expected.annotated)
    assert.deepEqual(diagnostics, expected.diagnostics)
  }
})

void test('a location that nginx asks belongs to one Ingress', () => {
  const { annotated } = definitions([asking('old'), asking('other')])
  assert.deepEqual(
    annotated.map(({ denial }) => denial?.name),
    [undefined, 'other'],
  )
})

void test('names that hold a hash of what a user wrote have 128 bits of it', () => {
  const annotations = {
    'enable-cors': 'true',
    'cors-allow-origin': 'https://a.example',
    'limit-rps': '5',
    'limit-allowlist': '10.0.0.0/8',
    'allowlist-source-range': Array.from({ length: 60 }, (_, i) => `10.0.0.${i}`).join(),
    'auth-url': 'http://auth.example.com/',
    'auth-signin': 'https://login.example.com/',
  }
  const canary = { canary: 'true', 'canary-weight': '30', 'canary-by-header': 'X-A' }
  const objects = withBasics(
    ingress({ name: 'web', host: 'shop.example.com', annotations }),
    ingress({ name: 'canary', host: 'shop.example.com', annotations: canary, order: 1 }),
  )
  const { text } = translated(snapshotOf(objects))
  const named = /\b(?:cors|rps|limited|allowed|auth|signin|canary)_([0-9a-f]{6,})(?![0-9a-f])/g
  const digits = [...text.matchAll(named)].map(([, hash = '']) => hash.length)
  assert.ok(digits.length > 8)
  assert.deepEqual(new Set(digits), new Set([32]))
})
