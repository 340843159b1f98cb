// Objects as the API server or a file gives them, and who wins a conflict.

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as fc from 'fast-check'
import { diagnosticText } from '../src/diagnostics.ts'
import { decode, fieldText, isKind } from '../src/objects/decode.ts'
import type { Kind, KubernetesObject } from '../src/objects/kinds.ts'
import { byAge, dns1123Label, dns1123Subdomain, dnsName, keyOf } from '../src/objects/meta.ts'
import { SecretText } from '../src/objects/secret-text.ts'
import { slicesByService, snapshotOf } from '../src/objects/snapshot.ts'
import { ingress, ingressClass, web } from './support/snapshots.ts'

const metadata = { name: 'web', namespace: 'shop' }

function object(kind: Kind, raw: object): KubernetesObject {
  const decoded = decode(kind, { metadata, ...raw })
  assert.ok('object' in decoded, JSON.stringify(decoded))
  return decoded.object
}

function refusals(kind: Kind, raw: unknown): readonly string[] {
  const decoded = decode(kind, raw)
  assert.ok('diagnostics' in decoded, JSON.stringify(decoded))
  for (const { code } of decoded.diagnostics) assert.equal(code, 'object-invalid')
  return decoded.diagnostics.map(diagnosticText)
}

function refusal(kind: Kind, raw: unknown): string {
  const [only, ...others] = refusals(kind, raw)
  assert.deepEqual(others, [])
  return only ?? ''
}

void suite('decode', () => {
  void test('what the API server leaves out has the value that Kubernetes gives it', () => {
    assert.deepEqual(object('Ingress', {}), {
      kind: 'Ingress',
      ...metadata,
      uid: '',
      created: 0,
      order: 0,
      className: undefined,
      annotations: new Map(),
      defaultBackend: undefined,
      tls: [],
      rules: [],
    })
    const service = object('Service', { spec: { ports: [{ port: 80 }] } })
    assert.ok(service.kind === 'Service')
    assert.equal(service.type, 'ClusterIP')
    assert.deepEqual(service.ports, [{ name: '', protocol: 'TCP', port: 80, targetPort: 80 }])
    assert.deepEqual(service.clusterIPs, [])
  })

  void test('null stands for absent, as in JSON of Go', () => {
    const rules = [{ host: null, http: { paths: null } }]
    const read = object('Ingress', {
      spec: { ingressClassName: null, defaultBackend: null, tls: null, rules },
    })
    assert.ok(read.kind === 'Ingress')
    assert.deepEqual(read.rules, [{ host: '', paths: [] }])
    assert.ok(object('EndpointSlice', { addressType: 'IPv4', endpoints: null, ports: null }))
    assert.ok(object('Secret', { data: null }))
  })

  void test('fields that Sluice does not read are left behind', () => {
    const huge = { ...metadata, managedFields: [{ secret: 'x' }], labels: { a: 'b' } }
    const read = object('Service', { metadata: huge, status: { loadBalancer: {} } })
    assert.doesNotMatch(JSON.stringify(read), /managedFields|loadBalancer|labels/)
  })

  void test('an endpoint is ready unless it says otherwise or terminates', () => {
    const conditions = [
      [undefined, true],
      [{}, true],
      [{ ready: null }, true],
      [{ ready: true }, true],
      [{ ready: false }, false],
      [{ ready: true, terminating: true }, false],
    ] as const
    const slice = object('EndpointSlice', {
      addressType: 'IPv4',
      endpoints: conditions.map(([given], i) => ({
        addresses: [`10.0.0.${i}`],
        conditions: given,
      })),
    })
    assert.ok(slice.kind === 'EndpointSlice')
    assert.deepEqual(
      slice.readyAddresses,
      conditions.flatMap(([, ready], i) => (ready ? [`10.0.0.${i}`] : [])),
    )
  })

  void test('a headless Service has no cluster IP', () => {
    for (const spec of [
      { clusterIP: 'None' },
      { clusterIP: 'None', clusterIPs: ['None'] },
      { clusterIP: '' },
    ]) {
      const service = object('Service', { spec })
      assert.ok(service.kind === 'Service')
      assert.deepEqual(service.clusterIPs, [])
    }
  })

  void test('a Secret is read from base64 and, in files, from text, which counts', () => {
    const encoded = Buffer.from('encoded').toString('base64')
    const secret = object('Secret', {
      data: { 'tls.crt': encoded, 'tls.key': encoded, other: encoded },
      stringData: { 'tls.key': 'plain' },
    })
    assert.ok(secret.kind === 'Secret')
    assert.deepEqual(
      [...secret.data].map(([key, text]) => [key, text.reveal()]),
      [
        ['tls.crt', 'encoded'],
        ['tls.key', 'plain'],
      ],
    )
  })

  void test('of the keys of a Secret those are kept that Sluice can use', () => {
    const data = {
      ann: '{SHA}CEo1Ae3vaEXy8eQZjsOiuBz1xrw=',
      bob: '$2y$05$abcdefghijklmnopqrstuuKcS.CYWVYVaLiiCKrrc0A5s3mGesJ9O',
      des: 'abnqrLigH.z/s',
      constructor: '{PLAIN}x',
      password: 'hunter2',
      token: '$'.repeat(300),
      'config.json': `{ "big": "${'x'.repeat(100_000)}" }`,
      auth: 'x'.repeat(300),
    }
    const encoded = Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    )
    const used = ['ann', 'auth', 'bob', 'constructor', 'des']
    for (const raw of [
      { data: encoded },
      { stringData: data },
      { type: 'Opaque', data: encoded },
    ]) {
      const secret = object('Secret', raw)
      assert.ok(secret.kind === 'Secret')
      assert.deepEqual([...secret.data.keys()].sort(), used)
      assert.equal(secret.data.get('ann')?.reveal(), data.ann)
      assert.equal(secret.others, 3)
    }
    const token = object('Secret', { type: 'kubernetes.io/service-account-token', data: encoded })
    assert.ok(token.kind === 'Secret')
    assert.deepEqual([...token.data.keys()], ['auth'])
  })

  void test('what is wrong names the field and what was found', () => {
    assert.match(
      refusal('Ingress', { metadata: { name: 'Web' } }),
      /^ingress Web: metadata\.name: /,
    )
    const toWeb = { service: { name: 'web', port: { number: 80 } } }
    assert.equal(
      refusal('Ingress', {
        metadata,
        spec: { rules: [{ http: { paths: [{ pathType: 'Glob', backend: toWeb }] } }] },
      }),
      'ingress shop/web: spec.rules[0].http.paths[0].pathType: expected one of Exact, Prefix, ImplementationSpecific, got "Glob"; the object is ignored',
    )
    assert.match(
      refusal('Service', { metadata, spec: { ports: [{ port: 70_000 }] } }),
      /spec\.ports\[0\]\.port: expected a number from 1 to 65535, got 70000/,
    )
    const backend = { service: { name: 'web' } }
    assert.match(
      refusal('Ingress', { metadata, spec: { defaultBackend: backend } }),
      /spec\.defaultBackend: expected a service with a port/,
    )
  })

  void test('everything that is wrong is named, up to a number', () => {
    const wrong = {
      pathType: 'Glob',
      backend: { service: { name: 'web', port: { number: 70_000 } } },
    }
    const ingressWith = (paths: readonly unknown[]) => ({
      metadata,
      spec: { ingressClassName: 1, rules: [{ host: 'a.example.com', http: { paths } }] },
    })
    const path = 'ingress shop/web: spec.rules[0].http.paths'
    assert.deepEqual(refusals('Ingress', ingressWith([wrong, wrong])), [
      'ingress shop/web: spec.ingressClassName: expected a string, got 1; the object is ignored',
      `${path}[0].pathType: expected one of Exact, Prefix, ImplementationSpecific, got "Glob"; the object is ignored`,
      `${path}[0].backend.service.port.number: expected a number from 1 to 65535, got 70000; the object is ignored`,
      `${path}[1].pathType: expected one of Exact, Prefix, ImplementationSpecific, got "Glob"; the object is ignored`,
      `${path}[1].backend.service.port.number: expected a number from 1 to 65535, got 70000; the object is ignored`,
    ])
    const many = refusals('Ingress', ingressWith(Array.from({ length: 5_000 }, () => wrong)))
    assert.equal(many.length, 21)
    assert.equal(many.at(-1), 'ingress shop/web: 9981 more fields are wrong; the object is ignored')
  })

  void test('fields of an Ingress before v1 are named as such', () => {
    const backend = { serviceName: 'web', servicePort: 80 }
    const form = 'serviceName and servicePort are the form of networking.k8s.io/v1beta1'
    const expected = `expected service.name with service.port.number or service.port.name; ${form}`
    assert.deepEqual(
      refusals('Ingress', {
        metadata,
        spec: { backend, rules: [{ http: { paths: [{ path: '/', backend }] } }] },
      }),
      [
        'ingress shop/web: spec.backend: expected defaultBackend; backend is the form of networking.k8s.io/v1beta1; the object is ignored',
        `ingress shop/web: spec.rules[0].http.paths[0].backend: ${expected}; the object is ignored`,
      ],
    )
    assert.match(refusal('Ingress', { metadata, spec: { defaultBackend: backend } }), /v1beta1/)
  })

  void test('nothing makes it throw', () => {
    const kinds = [
      'Ingress',
      'IngressClass',
      'Service',
      'EndpointSlice',
      'Secret',
      'ConfigMap',
      'Namespace',
    ] as const
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.anything(), fc.anything(), (kind, raw, spec) => {
        for (const given of [
          raw,
          { metadata, spec, data: spec },
          { metadata: spec },
          null,
          undefined,
        ]) {
          const decoded = decode(kind, given)
          if ('diagnostics' in decoded) decoded.diagnostics.forEach(diagnosticText)
        }
      }),
    )
  })

  void test('names of fields as users write them', () => {
    assert.equal(fieldText(['spec', 'rules', 0, 'host']), 'spec.rules[0].host')
    assert.equal(fieldText(['data', 'tls.key']), 'data.tls.key')
    assert.equal(fieldText(['data', 'a\nb']), String.raw`data["a\nb"]`)
    assert.equal(fieldText([]), '')
  })

  void test('keys that every object has are no kinds', () => {
    for (const kind of ['toString', '__proto__', 'constructor', '', 3, null])
      assert.equal(isKind(kind), false)
  })
})

void suite('byAge', () => {
  const meta = (name: string, created: number, order = 0) => ({
    namespace: 'shop',
    name,
    uid: '',
    created,
    order,
  })
  void test('the oldest first, then the earlier document, then names in descending order', () => {
    const sorted = [
      meta('a', 1),
      meta('b', 1),
      meta('z', 2),
      meta('y', 0, 2),
      meta('x', 0, 1),
    ].sort(byAge)
    assert.deepEqual(
      sorted.map(({ name }) => name),
      ['x', 'y', 'b', 'a', 'z'],
    )
  })

  void test('is an order: any sequence sorts to the same', () => {
    const any = fc.record(
      {
        namespace: fc.constantFrom('a', 'b'),
        name: fc.constantFrom('a', 'b', 'c'),
        uid: fc.constant(''),
        created: fc.constantFrom(0, 1),
        order: fc.constantFrom(0, 1),
      },
      { noNullPrototype: true },
    )
    fc.assert(
      fc.property(fc.array(any), (metas) => {
        assert.deepEqual(metas.toSorted(byAge), metas.toReversed().toSorted(byAge))
      }),
    )
  })
})

const long = `${'a'.repeat(64)}.b`
const subdomains = ['a', 'a-b', 'a.b', '0', `${'a.'.repeat(126)}a`, long, 'a'.repeat(253)]
const noNames = ['', 'A', '-a', 'a-', 'a..b', '.a', 'a.', 'a_b', 'a\n', '\na', 'a'.repeat(254), 'ä']

void test('names: a label has 63 characters, a subdomain 253 in labels of any length', () => {
  for (const good of subdomains) assert.match(good, dns1123Subdomain, good)
  for (const bad of noNames) assert.doesNotMatch(bad, dns1123Subdomain, JSON.stringify(bad))

  for (const good of ['a', 'a-b', '0', 'a'.repeat(63)]) assert.match(good, dns1123Label, good)
  for (const bad of [...noNames, 'a.b', 'a'.repeat(64)])
    assert.doesNotMatch(bad, dns1123Label, JSON.stringify(bad))

  for (const good of ['a', 'a.b', `b.${'a'.repeat(63)}`, `${'a.'.repeat(126)}a`])
    assert.match(good, dnsName, good)
  for (const bad of [...noNames, long, `b.${'a'.repeat(64)}`])
    assert.doesNotMatch(bad, dnsName, JSON.stringify(bad))
})

void test('the name of each kind is what Kubernetes lets it be', () => {
  const given = { addressType: 'IPv4' }
  const named = (kind: Kind, name: string): boolean =>
    'object' in decode(kind, { ...given, metadata: { name } })
  for (const kind of ['Ingress', 'IngressClass', 'EndpointSlice', 'Secret', 'ConfigMap'] as const) {
    for (const name of subdomains) assert.ok(named(kind, name), `${kind} ${name}`)
    for (const name of noNames) assert.ok(!named(kind, name), `${kind} ${JSON.stringify(name)}`)
  }
  for (const kind of ['Service', 'Namespace'] as const) {
    assert.ok(named(kind, 'a'.repeat(63)))
    for (const name of [...noNames, 'a.b', 'a'.repeat(64)])
      assert.ok(!named(kind, name), `${kind} ${JSON.stringify(name)}`)
  }
  const inNamespace = (namespace: string) =>
    decode('Ingress', { metadata: { name: 'a', namespace } })
  assert.ok('object' in inNamespace('a'.repeat(63)))
  for (const namespace of ['a.b', 'a'.repeat(64)]) assert.ok(!('object' in inNamespace(namespace)))
})

void test('keys of namespaced and cluster-scoped objects', () => {
  assert.equal(keyOf({ namespace: 'shop', name: 'web' }), 'shop/web')
  assert.equal(keyOf({ namespace: '', name: 'nginx' }), 'nginx')
})

void suite('snapshotOf', () => {
  const one = ingress({ name: 'one', host: 'a.example.com' })
  const two = { ...ingress({ name: 'two', host: 'b.example.com' }), created: 1 }

  void test('Ingresses are sorted by age, of two with one name the later counts', () => {
    const again = { ...one, created: 2 }
    const { ingresses } = snapshotOf([one, two, again])
    assert.deepEqual(ingresses, [two, again])
  })

  void test('slices are found by their Service, in its namespace', () => {
    const [service, slice] = web()
    const other = { ...slice, name: 'web-2' }
    const foreign = { ...slice, namespace: 'blog' }
    const nobodys = { ...slice, name: 'x', service: '' }
    const slices = slicesByService([slice, other, foreign, nobodys])
    assert.deepEqual(slices.get(keyOf(service)), [slice, other])
    assert.deepEqual(slices.get('blog/web'), [foreign])
    assert.equal(slices.size, 2)
  })

  void test('classes that may not be listed are no empty list of classes', () => {
    assert.equal(snapshotOf([], [], { classesReadable: false }).ingressClasses, undefined)
    assert.deepEqual([...(snapshotOf([ingressClass]).ingressClasses?.keys() ?? [])], ['nginx'])
  })
})

void test('equal secrets have equal digests', () => {
  assert.equal(new SecretText('a').digest, new SecretText('a').digest)
  assert.notEqual(new SecretText('a').digest, new SecretText('b').digest)
})
