// What users are told: one line that a terminal, a log and an Event can take.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  byText,
  diagnosticText,
  nearest,
  preview,
  refText,
  suggestion,
} from '../src/diagnostics.ts'
import type { Diagnostic } from '../src/diagnostics.ts'

const diagnostic: Diagnostic = {
  code: 'annotation-invalid',
  severity: 'error',
  object: { kind: 'Ingress', namespace: 'shop', name: 'web', source: 'shop.yaml:3' },
  field: 'proxy-body-size',
  problem: 'expected a size such as "8m", got "8 MB"',
  instead: 'the default applies',
}

void test('object, field, problem, and what happens instead', () => {
  assert.equal(
    diagnosticText(diagnostic),
    'ingress shop/web (shop.yaml:3): proxy-body-size: expected a size such as "8m", got "8 MB"; the default applies',
  )
  const { field: _, instead: __, ...bare } = diagnostic
  const ref = { kind: 'IngressClass', namespace: '', name: 'nginx' }
  assert.equal(
    diagnosticText({ ...bare, object: ref, problem: 'is wrong' }),
    'ingressclass nginx: is wrong',
  )
})

void test('names that nobody validated are quoted', () => {
  const text = refText({ kind: 'Ingress', namespace: 'a\nb', name: 'x y"' })
  assert.equal(text, 'ingress "a\\nb"/"x y\\""')
})

void test('a preview is short, printable and in quotes, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const shown = preview(text)
      assert.match(shown, /^"[^\p{Cc}\p{Cs}\u2028\u2029]*"$/u)
      assert.ok(shown.length <= 2 + 6 * 81)
      if (text.length <= 80) assert.equal(JSON.parse(shown), text)
    }),
    { numRuns: 2000 },
  )
})

void test('the nearest known name, if one is near', () => {
  const known = ['proxy-body-size', 'proxy-buffer-size', 'hsts']
  assert.equal(nearest('proxy-body-sise', known), 'proxy-body-size')
  assert.equal(nearest('proxy-bufer-size', known), 'proxy-buffer-size')
  assert.equal(nearest('something-else', known), undefined)
  assert.equal(nearest('', known), undefined)
  assert.equal(nearest('a'.repeat(5000), known), undefined)
})

void test('a suggestion that does nothing in this version says so', () => {
  const [working, idle] = [
    ['use-gzip', 'hsts'],
    ['add-headers', 'use-gzil'],
  ]
  assert.equal(suggestion('use-gzp', working, idle), ', perhaps use-gzip is meant')
  assert.equal(
    suggestion('add-header', working, idle),
    ', perhaps add-headers is meant, which this version does not implement',
  )
  assert.equal(suggestion('something-else', working, idle), '')
})

void test('Diagnostics have one order', () => {
  const others = ['b', 'a', 'c'].map((problem) => ({ ...diagnostic, problem }))
  assert.deepEqual(
    others.sort(byText).map(({ problem }) => problem),
    ['a', 'b', 'c'],
  )
  assert.equal(byText(diagnostic, { ...diagnostic }), 0)
})
