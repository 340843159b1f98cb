import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { labelSelectorOf } from '../src/objects/label-selector.ts'

const labels = new Map([
  ['team', 'web'],
  ['tier', ''],
  ['size', '12'],
  ['example.com/a.b_c', 'X.y_z-1'],
])

const matching = [
  'team=web',
  'team==web',
  ' team = web , tier= ',
  'team',
  '!old',
  '! old',
  'team!=api',
  'old!=web',
  'team in (api,web)',
  'team in ( api , web ),size',
  'tier in (,x)',
  'team notin (api)',
  'old notin (web)',
  'size>11',
  'size < 13',
  'example.com/a.b_c=X.y_z-1',
]
const others = [
  'team=api',
  'team=web,tier=x',
  'old',
  '!team',
  'team!=web',
  'team in (api,)',
  'team notin (api,web)',
  'size>12',
  'team>1',
  'old<1',
  'old=',
]
const wrong = [
  '',
  ',',
  'team=web,',
  'team=a b',
  'team=-a',
  '=web',
  'a b',
  'team in web',
  'team in ()',
  'team in (a',
  'team in (a))',
  'team on (a)',
  'size>x',
  'a/b/c=d',
  'A/b=d',
  `${'a'.repeat(64)}=b`,
  `a=${'b'.repeat(64)}`,
  'a=b;c',
  '!a=b',
]

test('a selector asks for labels as it does at the API server', () => {
  for (const text of matching) assert.equal(labelSelectorOf(text)?.(labels), true, text)
  for (const text of others) assert.equal(labelSelectorOf(text)?.(labels), false, text)
})

test('what is no selector is none', () => {
  for (const text of wrong) assert.equal(labelSelectorOf(text), undefined, text)
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      labelSelectorOf(text)?.(labels)
    }),
  )
})
