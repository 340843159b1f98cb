// What a pass remembers of the one before, change by change: whatever something depends on is made anew
// when that changes, and when it changes back. test/properties/memory.test.ts looks for what is not here.

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Store } from '../src/cluster/store.ts'
import type { EndpointSlice, Ingress, KubernetesObject, Service } from '../src/objects/kinds.ts'
import { keyOf } from '../src/objects/meta.ts'
import { SecretText } from '../src/objects/secret-text.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { givesTheSame, recordedLook } from '../src/translate/memory/look.ts'
import type { Cluster, Read } from '../src/translate/memory/look.ts'
import { translator } from '../src/translate/translate.ts'
import { issued, newKeys } from './support/certificate.ts'
import {
  configMap,
  configMapKey,
  ingress,
  ingressClass,
  users,
  web,
  withBasics,
} from './support/snapshots.ts'
import { tlsSecret } from './support/tls-secret.ts'
import { optionsOf, translated, translatedBy } from './support/translated.ts'
import type { Translated } from './support/translated.ts'

const host = 'shop.example.com'
const shop = ingress({ name: 'shop', host })
const [service, slice] = web()

type Objects = readonly KubernetesObject[]

const asking = (annotations: Readonly<Record<string, string>>): Ingress =>
  ingress({ name: 'shop', host, annotations })
const endpoints = (one: EndpointSlice, ...readyAddresses: readonly string[]): EndpointSlice => ({
  ...one,
  readyAddresses,
})
const second: EndpointSlice = { ...slice, name: 'web-2', readyAddresses: ['10.0.1.1'] }
const api: readonly [Service, EndpointSlice] = [
  { ...service, name: 'api' },
  { ...slice, name: 'api-1', service: 'api', readyAddresses: ['10.0.2.1'] },
]
const to = (name: string, one: Ingress): Ingress => ({
  ...one,
  rules: one.rules.map((rule) => ({
    ...rule,
    paths: (rule.paths ?? []).map((path) => ({
      ...path,
      backend: { kind: 'service' as const, name, port: 80 },
    })),
  })),
})
const apiWithoutEndpoints: Objects = [api[0], endpoints(api[1])]
const canary = to(
  'api',
  ingress({
    name: 'canary',
    host,
    order: 1,
    annotations: { canary: 'true', 'canary-weight': '20' },
  }),
)
const basic = asking({ 'auth-type': 'basic', 'auth-secret': 'users' })
const otherUsers = {
  ...users,
  data: new Map([['auth', new SecretText('bob:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=')]]),
}
const keys = await newKeys()
const certificate = async (serial: number) => {
  const { certificate: crt, key } = await issued(host, serial, keys)
  return tlsSecret(crt, key)
}
const [first, renewed] = [await certificate(1), await certificate(2)]
const secured = ingress({ name: 'shop', host, secretName: 'web' })
const younger = ingress({ name: 'younger', host, paths: ['/younger'], order: 1 })

const settings = (data: Readonly<Record<string, string>>): Objects => [configMap(data), secured]

/** What changes, the objects before, and the objects afterwards. */
const changes: readonly (readonly [string, Objects, Objects])[] = [
  ['an endpoint', [shop], [shop, endpoints(slice, '10.0.0.1', '10.0.0.2')]],
  ['the last endpoint', [shop], [shop, endpoints(slice)]],
  ['a slice more', [shop], [shop, second]],
  ['an endpoint of the second slice', [shop, second], [shop, endpoints(second, '10.0.1.2')]],
  [
    'the port of a Service',
    [shop],
    [shop, { ...service, ports: service.ports.map((port) => ({ ...port, port: 81 })) }],
  ],
  ['the affinity of a Service', [shop], [shop, { ...service, sessionAffinity: 'ClientIP' }]],
  ['the Service of a path', [shop, ...api], [to('api', shop), ...api]],
  ['the users in a Secret', [basic], [basic, otherUsers]],
  ['the keys of a Secret', [basic], [basic, { ...users, data: new Map() }]],
  ['a certificate', [secured, first], [secured, renewed]],
  ['the Secret of a certificate', [secured], [secured, first]],
  ['TLS', [shop, first], [secured, first]],
  [
    'TLS of the wildcard above',
    [shop, ingress({ name: 'wild', host: '*.example.com' })],
    [shop, ingress({ name: 'wild', host: '*.example.com', secretName: 'web' })],
  ],
  ['what http says for all', settings({}), settings({ 'proxy-body-size': '8m' })],
  ['what all servers have', settings({}), settings({ 'use-proxy-protocol': 'true' })],
  ['who may enter everywhere', settings({}), settings({ 'whitelist-source-range': '10.0.0.0/8' })],
  ['idle connections', settings({}), settings({ 'upstream-keepalive-timeout': '9' })],
  ['a variable of the log', settings({}), settings({ 'log-format-upstream': '$namespace' })],
  ['a ConfigMap that was not there', [shop], settings({ 'server-tokens': 'true' })],
  [
    'what an annotation needs in http',
    [asking({ 'limit-rps': '5' })],
    [asking({ 'limit-rps': '7' })],
  ],
  ['an annotation', [asking({ 'proxy-body-size': '1k' })], [asking({ 'proxy-body-size': '2k' })]],
  [
    'an annotation that is wrong',
    [asking({ 'proxy-body-size': '1k' })],
    [asking({ 'proxy-body-size': 'much' })],
  ],
  [
    'an annotation of the older one on the same host',
    [shop, younger],
    [asking({ 'use-regex': 'true' }), younger],
  ],
  [
    'an annotation of the neighbour on the same host',
    [shop, younger],
    [shop, { ...younger, annotations: asking({ 'use-regex': 'true' }).annotations }],
  ],
  [
    'the paths of the neighbour on the same host',
    [shop, younger],
    [shop, { ...younger, rules: ingress({ name: 'younger', host, paths: ['/'] }).rules }],
  ],
  ['who is the oldest of a host', [shop, younger], [{ ...shop, order: 2 }, younger]],
  ['endpoints of a canary', [shop, canary, ...api], [shop, canary, ...apiWithoutEndpoints]],
  [
    'endpoints behind a canary that has none',
    [shop, canary, ...apiWithoutEndpoints],
    [shop, canary, ...apiWithoutEndpoints, endpoints(slice, '10.0.0.9')],
  ],
  ['the share of a canary', [shop, canary, ...api], [shop, shareOf(canary, '30'), ...api]],
  ['the controller of a class', [shop], [shop, { ...ingressClass, controller: 'other' }]],
]

function shareOf(one: Ingress, weight: string): Ingress {
  const { annotations } = asking({ canary: 'true', 'canary-weight': weight })
  return { ...one, annotations }
}

/** Everything that others take from a translation. */
const resultOf = ({ text, complaints, config, endpoints: told }: Translated) => ({
  text,
  complaints,
  files: config.files.map(({ digest }) => digest),
  endpoints: told,
})

// of which each is one object before and afterwards
const basics = withBasics()
const named = (objects: Objects): ReadonlyMap<string, KubernetesObject> =>
  new Map([...basics, ...objects].map((one) => [`${one.kind} ${keyOf(one)}`, one]))

for (const endpointUpdates of ['reload', 'resolve'] as const)
  void suite(`is made anew: ${endpointUpdates}`, () => {
    const options = { ...optionsOf([`--configmap=${configMapKey}`]), endpointUpdates }
    for (const [name, ...stages] of changes)
      void test(name, () => {
        const store = new Store()
        const translate = translator(options)
        const [before, after] = stages.map(named)
        assert.ok(before !== undefined && after !== undefined)
        let present: ReadonlyMap<string, KubernetesObject> = new Map()
        const results = [before, after, before].map((next) => {
          const gone = [...present.values()].filter((one) => !next.has(`${one.kind} ${keyOf(one)}`))
          store.apply([
            ...gone.map((one) => ({ kind: one.kind, key: keyOf(one), object: undefined })),
            ...[...next.values()].map((one) => ({ kind: one.kind, key: keyOf(one), object: one })),
          ])
          present = next
          const result = resultOf(translatedBy(translate, store.snapshot()))
          // copies, because much is remembered with the object that it was read from
          const copies = [...next.values()].map((one) => ({ ...one }))
          assert.deepEqual(result, resultOf(translated(snapshotOf(copies), options)))
          return result
        })
        const [one, other] = results.map((each) => ({ ...each, complaints: '' }))
        assert.notDeepEqual(one, other, 'nothing depends on it')
      })
  })

void test('is made anew: what a name in a URL leads to', () => {
  const options = optionsOf()
  const snapshot = snapshotOf(withBasics(asking({ 'auth-url': 'http://auth.example.com/' })))
  const translate = translator(options)
  const results = ['auth.example.com.', '169.254.169.254', 'other.example.com.'].map((leadsTo) => {
    const seen = { ...snapshot, urlHosts: new Map([['auth.example.com', leadsTo]]) }
    const result = resultOf(translatedBy(translate, seen))
    assert.deepEqual(result, resultOf(translated(seen, options)))
    return JSON.stringify([result.text, ...(result.endpoints ?? [])])
  })
  assert.equal(new Set(results).size, 3)
})

void suite('what was asked of the cluster', () => {
  const upstream = { target: { kind: 'unavailable' } } as const
  const cluster: Cluster = {
    secrets: new Map([['shop/users', users]]),
    configMaps: new Map([['shop/map', configMap({})]]),
    resolve: () => upstream,
  }
  const reads: Read[] = []
  const look = recordedLook(cluster, reads)
  look.secret('shop/users')
  look.secret('shop/none')
  look.configMap('shop/map')
  look.configMap('shop/none')
  look.upstream({ kind: 'url', host: 'example.com', port: 80 })

  const others: Readonly<Record<string, Partial<Cluster>>> = {
    'another Secret': { secrets: new Map([['shop/users', otherUsers]]) },
    'no Secret': { secrets: new Map() },
    'a Secret that was not there': { secrets: new Map([...cluster.secrets, ['shop/none', users]]) },
    'another ConfigMap': { configMaps: new Map([['shop/map', configMap({})]]) },
    'no ConfigMap': { configMaps: new Map() },
    'a ConfigMap that was not there': {
      configMaps: new Map([...cluster.configMaps, ['shop/none', configMap({})]]),
    },
    'another answer for an upstream': { resolve: () => ({ ...upstream }) },
  }

  void test('is the same while every answer is', () => {
    const more = new Map([...cluster.secrets, ['shop/other', users] as const])
    assert.equal(givesTheSame(reads, { ...cluster, secrets: more }), true)
  })

  for (const [name, other] of Object.entries(others))
    void test(`is not the same: ${name}`, () => {
      let asked = 0
      const resolve: Cluster['resolve'] = (reference) => {
        asked++
        return (other.resolve ?? cluster.resolve)(reference)
      }
      assert.equal(givesTheSame(reads, { ...cluster, ...other, resolve }), false)
      assert.equal(asked, 1) // an upstream is used by asking for it
    })
})
