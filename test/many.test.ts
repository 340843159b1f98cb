// What fits into nginx for a few fits for many. It keeps host names in hash tables, whose sizes it is
// told: it refuses everything where one is too small for the longest name, and warns where it finds no
// place for all of them. It keeps the addresses of names in shared memory, whose size it is told, too.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { basics } from './support/arbitrary.ts'
import { judges } from './support/nginx-verdict.ts'
import { ingress, web } from './support/snapshots.ts'
import { optionsOf, translated } from './support/translated.ts'

const shapes: Readonly<Record<string, (i: number) => string>> = {
  'of usual length': (i) => `host-${i}.shop.example.com`,
  'as long as a host can be': (i) =>
    `h${i}.`.padEnd(251, 'abcdefghi.').concat('.z').replace('..', '.x'),
  'of every length': (i) => `h${i}`.padEnd(5 + (i % 59), 'x').concat('.default'),
  'with certificates': (i) => `h${i}.default`,
  'that are wildcards': (i) => `*.h${i}.example.com`,
}

const judged = await judges()
after(() => Promise.all(judged.map((judge) => judge.close())))

for (const [name, host] of Object.entries(shapes))
  for (const count of [300, 2000])
    void test(`${count} hosts ${name}`, async () => {
      const ingresses = Array.from({ length: count }, (_, i) =>
        ingress({ name: `i${i}`, host: host(i), secretName: 'words' }),
      )
      const snapshot = snapshotOf([...basics, ...web(), ...ingresses])
      // One for the status, one for what no host takes, one for the plain HTTP of all exact hosts.
      const others = host(0).startsWith('*.') ? 2 : 3
      for (const judge of judged) {
        const { bundle, config } = translated(snapshot, { ...optionsOf(), ...judge.place })
        assert.equal(config.servers.length, count + others)
        assert.equal(await judge.complaints(bundle), '', judge.version)
      }
    })

void test('1500 Services of type ExternalName', async () => {
  const [service] = web()
  const services = Array.from({ length: 1500 }, (_, i) => ({
    ...service,
    name: `external-${i}`,
    type: 'ExternalName' as const,
    externalName: `db-${i}.${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example.com`,
  }))
  const ingresses = services.map(({ name }) => {
    const one = ingress({ name, host: `${name}.example.com` })
    const backend = { kind: 'service', name, port: 80 } as const
    const paths = [{ path: '/', pathType: 'Prefix', backend } as const]
    return { ...one, rules: [{ host: `${name}.example.com`, paths }] }
  })
  const snapshot = snapshotOf([...basics, ...services, ...ingresses])
  for (const judge of judged) {
    const { bundle, complaints } = translated(snapshot, { ...optionsOf(), ...judge.place })
    assert.equal(complaints, '')
    assert.equal(await judge.complaints(bundle), '', judge.version)
  }
})

void test('1500 Ingresses with maps of their own', async () => {
  const ingresses = Array.from({ length: 1500 }, (_, i) => {
    const annotations = {
      'enable-cors': 'true',
      'cors-allow-origin': `https://a${i}.example.com`,
      'cors-max-age': String(i),
    }
    return ingress({ name: `i${i}`, host: `h${i}.example.com`, annotations })
  })
  const snapshot = snapshotOf([...basics, ...web(), ...ingresses])
  for (const judge of judged) {
    const { bundle, complaints } = translated(snapshot, { ...optionsOf(), ...judge.place })
    assert.equal(complaints, '')
    assert.equal(await judge.complaints(bundle), '', judge.version)
  }
})
