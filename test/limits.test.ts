// A worker has so many connections, for clients and for what it keeps open to endpoints. A controller that
// gave 5,000 upstreams 1,024 connections answered 500 for minutes after each host had been asked once.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCrowded } from '../src/controller/pacing.ts'
import { mostOpenFiles } from '../src/nginx/open-files.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { limitsFor } from '../src/translate/backends/keepalive.ts'
import { basics } from './support/arbitrary.ts'
import { ingress, web } from './support/snapshots.ts'
import { optionsOf, translated } from './support/translated.ts'

test('connections follow the number of upstreams', () => {
  assert.deepEqual(limitsFor(1), { connections: 16_384, files: 65_536 })
  assert.deepEqual(limitsFor(5_000), { connections: 40_000, files: 160_000 })
  for (const upstreams of [1, 100, 5_000, 10_000]) {
    const { connections } = limitsFor(upstreams)
    assert.ok(connections >= 8 * upstreams, `${connections} for ${upstreams} upstreams`)
  }
})

test('nginx never asks for more files than it may have, and keeps some for what is no connection', () => {
  for (const upstreams of [1, 5_000])
    for (const openFiles of [256, 1_024, 20_000, 1_048_576]) {
      const { connections, files } = limitsFor(upstreams, openFiles)
      assert.ok(files <= openFiles)
      assert.ok(connections < files, `${connections} connections, ${files} files`)
    }
})

test('idle connections leave room for clients where files are scarce', () => {
  const count = 600
  const [service, slice] = web()
  const names = Array.from({ length: count }, (_, i) => `web-${i}`)
  const objects = names.flatMap((name, i) => {
    const host = ingress({ name, host: `h${i}.example.com` })
    const backend = { kind: 'service', name, port: 80 } as const
    const paths = [{ path: '/', pathType: 'Prefix', backend } as const]
    return [
      { ...service, name },
      { ...slice, name: `${name}-1`, service: name },
      { ...host, rules: [{ host: `h${i}.example.com`, paths }] },
    ]
  })
  const snapshot = snapshotOf([...basics, ...objects])
  const idle = (openFiles: number | undefined): { share: number; timeout: string } => {
    const more = openFiles === undefined ? {} : { openFiles }
    const { config } = translated(snapshot, { ...optionsOf(), ...more })
    const said = (name: string): string =>
      config.upstreams
        .find(({ directives }) => directives.some((each) => each.name === name))
        ?.directives.find((each) => each.name === name)
        ?.args.join(' ') ?? ''
    return { share: Number(said('keepalive')), timeout: said('keepalive_timeout') }
  }
  assert.deepEqual(idle(undefined), { share: 32, timeout: '60s' })
  assert.deepEqual(idle(4_096), { share: 2, timeout: '60s' })
  assert.deepEqual(idle(1_024), { share: 1, timeout: '1s' })
})

test('the limit of this process is known', () => {
  const most = mostOpenFiles()
  assert.ok(most === undefined || most > 0)
  assert.equal(mostOpenFiles('/nonexistent'), undefined)
})

test('a reload more is put off when old workers are many, or many times the present ones', () => {
  assert.equal(isCrowded(8, 2), false)
  assert.equal(isCrowded(9, 2), true)
  assert.equal(isCrowded(64, 16), false)
  assert.equal(isCrowded(65, 16), true)
})
