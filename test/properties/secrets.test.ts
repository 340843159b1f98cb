// What is in a Secret appears in key files and nowhere else.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { decode } from '../../src/objects/decode.ts'
import type { KubernetesObject } from '../../src/objects/kinds.ts'
import { SecretText } from '../../src/objects/secret-text.ts'
import { snapshotOf } from '../../src/objects/snapshot.ts'
import { basics, cluster } from '../support/arbitrary.ts'
import { configMapKey } from '../support/snapshots.ts'
import { optionsOf, translated } from '../support/translated.ts'

const planted = 'cGxhbnRlZC1zZWNyZXQ'

/** Every way in which somebody might print a value. */
const printed = (value: unknown): string =>
  [
    JSON.stringify(value, withMaps),
    inspect(value, { depth: Infinity, showHidden: true, maxStringLength: null }),
    inspect(value, { depth: Infinity, customInspect: false, maxStringLength: null }),
    String(value),
  ].join('\n')

/** JSON has no maps; whoever prints one may spread it. */
const withMaps = (_: string, value: unknown): unknown =>
  value instanceof Map ? [...value] : typeof value === 'function' ? undefined : value

void test('no way of printing a SecretText shows it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 6 }), (text) => {
      const secret = new SecretText(`${planted}${text}`)
      for (const shown of [printed(secret), printed({ secret }), String(secret), printed([secret])])
        assert.equal(shown.includes(planted), false)
      assert.equal(secret.reveal(), `${planted}${text}`)
    }),
  )
})

/** A piece of each private key and certificate among the fixtures, and the planted text. */
const secrets = basics.flatMap((object) =>
  object.kind === 'Secret'
    ? [...object.data].flatMap(([key, value]) =>
        key === 'tls.key' && value.reveal().includes('-----')
          ? value.reveal().split('\n').slice(1, -2)
          : [],
      )
    : [],
)

const leaky = ['tls.crt', 'tls.key', 'ca.crt', 'auth', 'unknown'].map((key) =>
  decode('Secret', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: key.replace('.', '-'),
      namespace: 'shop',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': planted },
    },
    data: { [key]: Buffer.from(planted).toString('base64') },
    stringData: { 'tls.crt': `-----BEGIN CERTIFICATE-----\n${planted}\n`, 'tls.key': planted },
  }),
)

/** A user who can log in, and one who cannot. */
const ofUsers = decode('Secret', {
  metadata: { name: 'planted-users', namespace: 'shop' },
  stringData: {
    auth: `a${planted}:{PLAIN}${planted}\nb${planted}:${planted}\n`,
    hashed: `{PLAIN}${planted}`,
    plain: planted,
  },
})
const withUsers = new Map([
  ['nginx.ingress.kubernetes.io/auth-type', 'basic'],
  ['nginx.ingress.kubernetes.io/auth-secret', 'shop/planted-users'],
])

void test('no Secret appears in nginx.conf, in Diagnostics or in a printed Snapshot', () => {
  assert.ok(secrets.length >= 8)
  const decoded = [...leaky, ofUsers].flatMap((one) => ('object' in one ? [one.object] : []))
  assert.equal(decoded.length, leaky.length + 1)
  fc.assert(
    fc.property(cluster, (objects) => {
      const named = objects.map((object) =>
        object.kind === 'Ingress'
          ? {
              ...object,
              tls: [
                ...object.tls,
                { hosts: object.rules.map(({ host }) => host), secretName: 'tls-key' },
              ],
            }
          : object,
      )
      const asking = named.flatMap((object): KubernetesObject[] =>
        object.kind === 'Ingress'
          ? (['auth-file', 'auth-map'] as const).map((kind) => ({
              ...object,
              namespace: 'shop',
              name: `${object.name}-${kind}`,
              annotations: new Map([
                ...object.annotations,
                ...withUsers,
                ['nginx.ingress.kubernetes.io/auth-secret-type', kind],
              ]),
            }))
          : [],
      )
      const snapshot = snapshotOf([...basics, ...decoded, ...named, ...asking])
      const { text, complaints, config, diagnostics, bundle } = translated(
        snapshot,
        optionsOf([`--configmap=${configMapKey}`, '--default-ssl-certificate=shop/tls-crt']),
      )
      const shown = [text, complaints, ...[snapshot, config, diagnostics, bundle].map(printed)]
      for (const secret of [planted, Buffer.from(planted).toString('base64'), ...secrets])
        for (const each of shown) assert.equal(each.includes(secret), false)
    }),
    { numRuns: 25 },
  )
})

void test('a Secret that cannot be read is told without what is in it', () => {
  const wrong = decode('Secret', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'web' },
    data: { 'tls.key': { nested: planted } },
  })
  assert.ok('diagnostics' in wrong)
  assert.equal(printed(wrong).includes(planted), false)
  const text = decode('Secret', { metadata: { name: 'web' }, data: planted })
  assert.equal(printed(text).includes(planted), false)
})
