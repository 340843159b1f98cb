// The configuration that names endpoints instead of listing them, and what it leaves to be told.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import type { NamedEndpoints } from '../../src/translate/translation.ts'
import { hostsFor } from '../../src/translate/backends/resolver.ts'
import { snapshotOf } from '../../src/objects/snapshot.ts'
import { judges } from '../support/nginx-verdict.ts'
import { ingress, web, withBasics } from '../support/snapshots.ts'
import { manifest, optionsOf, translated } from '../support/translated.ts'

const judged = (await judges()).filter(({ place }) => place.abilities.resolve)
after(() => Promise.all(judged.map((judge) => judge.close())))
const named = { ...optionsOf(), endpointUpdates: 'resolve' } as const

const objects = ({ slices = '', annotations = '{}', service = '' } = {}): string => `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: nginx }
spec: { controller: k8s.io/ingress-nginx }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop, annotations: ${annotations} }
spec:
  ingressClassName: nginx
  rules:
    - host: shop.example.com
      http:
        paths:
          - { path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }
          - { path: /ext, pathType: Prefix, backend: { service: { name: ext, port: { number: 80 } } } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { ports: [{ name: http, port: 80, targetPort: web }] ${service} }
---
apiVersion: v1
kind: Service
metadata: { name: ext, namespace: shop }
spec: { type: ExternalName, externalName: db.example.com, ports: [{ port: 80 }] }
${slices}`
const slice = (name: string, port: number, type: string, ...addresses: string[]): string => `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}, namespace: shop, labels: { kubernetes.io/service-name: web } }
addressType: ${type}
ports: [{ name: http, port: ${port} }]
endpoints: [${addresses.map((address) => `{ addresses: ['${address}'] }`).join(', ')}]
`
/** What nginx is told of Service web. */
const webOf = (text: string) =>
  [...of(text).endpoints.values()].find(({ of: whose }) => whose === 'shop/web:80')
const of = (text: string) => translated(manifest(text).snapshot, named)

test('the configuration says the same whatever the endpoints are', () => {
  const none = of(objects())
  const some = of(
    objects({
      slices:
        slice('a', 8080, 'IPv4', '10.0.0.2', '10.0.0.1') + slice('b', 9090, 'IPv4', '10.0.0.3'),
    }),
  )
  assert.equal(some.text, none.text)
  assert.deepEqual(
    new Map([...some.endpoints.values()].map(({ of: whose, addresses }) => [whose, addresses])),
    new Map([
      ['shop/web:80', ['10.0.0.1:8080', '10.0.0.2:8080', '10.0.0.3:9090']],
      ['shop/ext:80', []], // for Sluice to look up
    ]),
  )
  assert.deepEqual(
    [...none.endpoints.values()].map(({ addresses }) => addresses),
    [[], []],
  )
  assert.match(none.complaints, /service-without-endpoints .* shop\/web has no ready endpoint/)
  assert.equal(some.complaints, '')
  const [name = ''] = some.endpoints.keys()
  assert.match(name, /^[0-9a-f]{32}\.sluice\.internal$/)
  assert.ok(some.text.includes(`server ${name} service=http resolve max_fails=0;`))
})

test('endpoints are the same whether nginx asks for them or its configuration lists them', () => {
  const ports: Readonly<Record<string, string>> = { echo: '8001', echo2: '8002', dead: '8003' }
  const folder = new URL('../requests/', import.meta.url)
  for (const name of readdirSync(folder).filter((each) => each.startsWith('service-ports'))) {
    const text = readFileSync(new URL(`${name}/in.yaml`, folder), 'utf8')
    const filled = text.replaceAll(/\$\{(\w+)\}/g, (_, kind: string) => ports[kind] ?? '')
    const local = { ...optionsOf(), allowLoopbackEndpoints: true }
    const { snapshot } = manifest(
      objects() + '---\n' + filled.replaceAll(/^  rules:/gm, '  ingressClassName: nginx\n$&'),
    )
    const listed = translated(snapshot, local).config.upstreams
    const asked = [
      ...translated(snapshot, { ...local, endpointUpdates: 'resolve' }).endpoints.values(),
    ]
    const isOfPods = ({ external, addresses }: NamedEndpoints) =>
      external === undefined && addresses.length > 0
    assert.deepEqual(
      new Map(asked.filter(isOfPods).map(({ upstream, addresses }) => [upstream, addresses])),
      new Map(
        listed
          .filter((each) => !each.name.endsWith('_name'))
          .map((each) => [each.name, each.endpoints.map(({ address }) => address)]),
      ),
      name,
    )
    assert.ok(listed.some(({ origin }) => origin.namespace === 'default'))
  }
})

test('nginx is asked for IPv6 addresses where a Service may have some', () => {
  const inside = objects().replace('type: ExternalName', 'type: ClusterIP')
  const single = of(inside + slice('a', 8080, 'IPv4', '10.0.0.1'))
  const dual = of(inside + slice('a', 8080, 'IPv6'))
  assert.match(single.text, /resolver 127\.53\.0\.1:\d+ ipv6=off;/)
  assert.doesNotMatch(dual.text, /resolver 127\.53\.0\.1:\d+ ipv6=off;/)
})

test('more names are asked for over more sockets', () => {
  const counts = [0, 1, 64, 65, 1_024, 10_000].map((names) => hostsFor(names).length)
  assert.deepEqual(counts, [1, 1, 1, 2, 16, 16])
})

test('what is hashed and what is sent over TLS is told apart', () => {
  const annotations = '{ nginx.ingress.kubernetes.io/backend-protocol: HTTPS }'
  const tls = webOf(objects({ annotations }))
  assert.deepEqual([tls?.isTls, tls?.isHashed], [true, false])
  const hashed = webOf(objects({ service: ', sessionAffinity: ClientIP' }))
  assert.deepEqual([hashed?.isTls, hashed?.isHashed], [false, true])
})

test('the server of auth-url is one of the names', async () => {
  const url = 'https://auth.example.com/check?uri=$request_uri'
  const annotations = `{ nginx.ingress.kubernetes.io/auth-url: '${url}' }`
  const { text, endpoints } = of(objects({ annotations }))
  const asked = [...endpoints.values()].find(({ of: whose }) => whose === 'auth.example.com:443')
  assert.equal(asked?.external?.name, 'auth.example.com')
  assert.equal(asked.isTls, true)
  assert.ok(text.includes(`proxy_pass "https://${asked.upstream}/check?uri=$request_uri";`))
  for (const judge of judged) {
    const { snapshot } = manifest(objects({ annotations }))
    const { bundle } = translated(snapshot, { ...named, ...judge.place })
    assert.equal(await judge.complaints(bundle), '')
  }
})

test('the name of every upstream can be that of a file', async () => {
  const label = 'a'.repeat(63)
  const hosts = ['b', 'c'].map((last) => `${label}.${label}.${label}.`.padEnd(252, 'd') + last)
  const named253 = [`http://${hosts[0]}/`, `https://${hosts[1]}:8443/`]
  const ingresses = named253.map((url, i) =>
    ingress({
      name: `i${i}`,
      host: `i${i}.example.com`,
      annotations: { 'auth-url': url, 'upstream-hash-by': '$request_uri' },
    }),
  )
  const [service, slice] = web(label)
  const at = { namespace: label, host: 'long.example.com' }
  const pods = [label, 'e'.repeat(63)].map((name) => ({
    service: { ...service, name },
    slice: { ...slice, name: `${name}-1`, service: name },
    rule: { path: '/', pathType: 'Prefix', backend: { kind: 'service', name, port: 80 } } as const,
  }))
  const mainAndCanary = pods.map(({ rule }, i) => ({
    ...ingress({
      ...at,
      name: `main${i}`,
      order: i,
      annotations:
        i === 0
          ? {}
          : { canary: 'true', 'canary-weight': '50', 'upstream-hash-by': '$request_uri' },
    }),
    rules: [{ host: at.host, paths: [rule] }],
  }))
  const objects = withBasics(
    ...pods.flatMap((each) => [each.service, each.slice]),
    ...ingresses,
    ...mainAndCanary,
  )
  const { config, complaints } = translated(snapshotOf(objects), named)
  assert.equal(complaints, '')
  const names = config.upstreams.map(({ name }) => name)
  assert.equal(names.length, 5)
  for (const name of names) assert.ok(Buffer.byteLength(name) <= 255, name)
  for (const judge of judged) {
    const { bundle } = translated(snapshotOf(objects), { ...named, ...judge.place })
    assert.equal(await judge.complaints(bundle), '')
  }
})

test('nginx takes it, and asks nobody else for an external name', async () => {
  assert.ok(judged.length > 0)
  for (const judge of judged) {
    const { snapshot } = manifest(objects({ slices: slice('a', 8080, 'IPv4', '10.0.0.1') }))
    const { bundle, text } = translated(snapshot, { ...named, ...judge.place })
    assert.doesNotMatch(text, /db\.example\.com|10\.96\.0\.10/)
    assert.equal(await judge.complaints(bundle), '', judge.version)
  }
})
