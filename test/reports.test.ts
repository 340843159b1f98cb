// What is logged of Diagnostics, and when.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manifest, translated } from './support/translated.ts'
import { rejection } from '../src/controller/rejection.ts'
import { Reports } from '../src/controller/reports.ts'
import { diagnosticText } from '../src/diagnostics.ts'
import type { Diagnostic } from '../src/diagnostics.ts'

/** `reported` and `resolved` lines, since the last call. */
function reports() {
  const lines: string[] = []
  const line = (fields: object, message?: string): void => {
    const { object } = fields as { readonly object?: string }
    lines.push(`${message} ${object}`)
  }
  const log = { debug: line, info: line, warn: line, error: line }
  const all = new Reports(log)
  return {
    all,
    after: (diagnostics: readonly Diagnostic[]): readonly string[] => {
      all.replace(diagnostics)
      return lines.splice(0)
    },
  }
}

const text = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop, annotations: { nginx.ingress.kubernetes.io/proxy-body-size: much } }
spec:
  ingressClassName: missing
  rules: [{ host: a.example.com }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: WRONG }
---
a: 1
a: 2
---
a: 1
a: 2
---
apiVersion: v1
kind: Service
metadata: { name: web }
---
apiVersion: v1
kind: Service
metadata: { name: web }
`

test('a line that is added above changes nothing of what is said', () => {
  const { all, after } = reports()
  const found = (more: string) => translated(manifest(more + text).snapshot).diagnostics
  assert.equal(after(found('')).length, 5)
  assert.deepEqual(after(found('# a comment\n')), [])
  // What is shown now is where it stands now.
  assert.match(
    all.all.map(diagnosticText).join('\n'),
    /service default\/web \(in\.yaml:19, in\.yaml:23\)/,
  )
  assert.deepEqual(after(found('apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n---\n')), [])
  assert.equal(after([]).length, 5)
})

test('of two that say the same one may be resolved', () => {
  const { after } = reports()
  const twice = manifest('a: 1\na: 2\n---\na: 1\na: 2\n').snapshot.diagnostics
  assert.deepEqual(after(twice), [
    'reported file in.yaml (line 2, column 1)',
    'reported file in.yaml (line 5, column 1)',
  ])
  assert.equal(after(twice.slice(1)).length, 1)
  assert.equal(after([]).length, 1)
})

const refused = (stderr: string): string =>
  rejection({ kind: 'rejected', digest: '00', stderr }).problem

test('a rejection says why nginx refuses, not what it warned of before', () => {
  const warning = '[warn] conflicting server name "a" on 0.0.0.0:80, ignored'
  const reason = '[emerg] could not build server_names_hash'
  const words = 'nginx refuses the configuration: '
  assert.equal(refused(`${warning}\n${reason}`), words + reason)
  assert.equal(refused(`${reason}\n${warning}`), words + reason)
  assert.equal(refused(`${warning}\nnginx died of SIGSEGV`), `${words}nginx died of SIGSEGV`)
  assert.equal(refused(warning), words + warning)
  assert.equal(refused(''), words)
})
