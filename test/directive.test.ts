// What nginx inherits line by line, and what directives are called for gRPC.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { directiveNames, grpcNameOf, isSingle } from '../src/model/directive.ts'

void test('a list is no single line', () => {
  for (const name of [
    'allow',
    'deny',
    'add_header',
    'proxy_set_header',
    'proxy_hide_header',
  ] as const)
    assert.equal(isSingle(name), false, name)
  assert.equal(isSingle('client_max_body_size'), true)
})

void test('what protects has the same name for gRPC', () => {
  for (const name of ['allow', 'deny', 'client_max_body_size', 'return', 'if'] as const)
    assert.equal(grpcNameOf(name), name)
})

void test('every proxy_… says what it is for gRPC', () => {
  const silent = directiveNames.filter((name) => {
    try {
      return grpcNameOf(name)?.startsWith('proxy_') === true
    } catch {
      return true
    }
  })
  assert.deepEqual(silent, [])
})
