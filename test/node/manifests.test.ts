import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { cluster, noCluster } from '../support/cluster.ts'

const manifests = new URL('../../manifests/', import.meta.url)
const { kubectl } = cluster()

suite('the manifests', { skip: noCluster }, () => {
  test('kustomize makes the same of the base', async () => {
    const base = objectsOf(await kubectl('kustomize', fileURLToPath(new URL('base', manifests))))
    const plain = objectsOf(await readFile(new URL('deploy.yaml', manifests), 'utf8'))
    assert.deepEqual(base, plain)
  })

  test('the API server knows every field', async () => {
    const path = fileURLToPath(new URL('deploy.yaml', manifests))
    await kubectl('apply', '--dry-run=client', '--validate=strict', '--filename', path)
  })
})

function objectsOf(yaml: string): unknown[] {
  const objects = parseAllDocuments(yaml).map((document) => document.toJS() as unknown)
  const texts = objects
    .filter((object) => object !== null)
    .map((object) => JSON.stringify(sorted(object)))
  return texts.toSorted()
}

/** With the fields of each object in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, field]) => [key, sorted(field)]))
}
