import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { annotations } from '../../src/annotations/registry.ts'
import { unsupported } from '../../src/annotations/unsupported.ts'
import type {
  Backend,
  ConfigMap,
  EndpointSlice,
  Ingress,
  KubernetesObject,
  Secret,
  Service,
} from '../../src/objects/kinds.ts'
import { table } from '../../src/settings/table.ts'
import { configMap, ingressClass, users, web } from './snapshots.ts'
import { manifest } from './translated.ts'

/** Clusters as tenants might make them: most of it is in order, some of it is meant to do harm. */

const specials = [
  ...'ab01 \t\r\n;{}#"\'\\$~=^@*/()[]|.,:?+-_'.split(''),
  '${',
  '$host',
  'é',
  '\u{1f600}',
  '\0',
  '\u2028',
]
const nasty = fc.oneof(
  fc.constantFrom(',10.0.0.0/8'.repeat(1000), ',10.0.0.0/8'.repeat(2000), ',a'.repeat(1500)),
  fc.string({ unit: fc.constantFrom(...specials), maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'default', 'include', '_', ''),
  fc.integer({ min: 1000, max: 5000 }).map((length) => 'a'.repeat(length)),
)
/** Mostly one of `usual`, else something else, or something in or after a usual one. */
const mostly = (usual: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 30, arbitrary: usual },
    { weight: 1, arbitrary: nasty },
    { weight: 1, arbitrary: fc.tuple(usual, nasty).map(([a, b]) => a + b) },
  )

const label = fc.constantFrom('a', 'b', 'shop', 'x'.repeat(63), '0', 'default', 'include')
const host = mostly(
  fc.oneof(
    fc
      .tuple(label, fc.constantFrom('example.com', 'y'.repeat(40), 'com'))
      .map((parts) => parts.join('.')),
    fc.constantFrom(
      '',
      '*.example.com',
      '*.com',
      'A.Example.COM',
      'include',
      'volatile',
      '1.2.3.4',
    ),
    fc.array(label, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('.')),
  ),
)

const segment = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'healthz',
    'A',
    'a.b',
    'a b',
    'a;b',
    'a{1}',
    '$host',
    '~',
    '=',
    '"',
    '\\',
  ),
  fc.constantFrom(
    '(.*)',
    '[a-z]+',
    '[\\d-z]',
    '\\d+',
    '(a|b)',
    '(?!a)',
    '.+',
    '(a+)+',
    '$',
    '^',
    '\\b+',
  ),
  fc.string({ unit: fc.constantFrom(...specials), maxLength: 6 }),
  fc.constantFrom(
    'a'.repeat(490),
    '('.repeat(30),
    '.'.repeat(2030),
    '"'.repeat(1010),
    '*'.repeat(900),
  ),
)
const path = mostly(
  fc
    .tuple(fc.array(segment, { maxLength: 4 }), fc.constantFrom('', '', '/'))
    .map(([parts, end]) => `/${parts.join('/')}${end}`),
)

const numbers = (
  '0 1 -1 +5 1e3 2147483 2147484 4294967296 999999999999999 0x10 ' +
  '1k 1023 1024 1048576k 1125899906842624 1g 0g 5s 1d 9999999d'
).split(' ')
const valueOf = ({
  accepts,
  rejects,
}: {
  readonly accepts: readonly string[]
  readonly rejects: readonly string[]
}) =>
  fc.oneof(
    { weight: 16, arbitrary: mostly(fc.constantFrom(...accepts)) },
    { weight: 1, arbitrary: fc.constantFrom(...rejects) },
    { weight: 1, arbitrary: fc.constantFrom(...numbers) },
  )

const annotation = fc.oneof(
  {
    weight: 40,
    arbitrary: fc
      .constantFrom(...annotations)
      .chain(([name, { field }]) =>
        fc.tuple(fc.constantFrom(name, ...(field.aliases ?? [])), valueOf(field)),
      ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...unsupported.keys()), nasty) },
  { weight: 1, arbitrary: fc.tuple(nasty, nasty) },
)

const namespaces = ['shop', 'blog', 'n'.repeat(63)]
const namespace = fc.constantFrom(...namespaces)
/** Beside `web`, which every namespace has. */
const serviceName = fc.constantFrom('api', 'external', 's'.repeat(253))
const backendName = fc.oneof(
  { weight: 3, arbitrary: fc.constant('web') },
  { weight: 1, arbitrary: serviceName },
)
const port = fc.constantFrom<number | string>(80, 80, 80, 'http', 8080, 65_535, 'a;b')

const backend: fc.Arbitrary<Backend> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({ kind: fc.constant('service'), name: mostly(backendName), port }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resource'), resource: nasty }) },
)

const meta = {
  uid: fc.constant(''),
  created: fc.constantFrom(0, 1, 2),
  order: fc.constant(0),
}

const secretName = fc.constantFrom('words', 'shop', 'missing')

const ingress: fc.Arbitrary<Ingress> = fc.record({
  kind: fc.constant('Ingress'),
  namespace,
  name: fc.constantFrom('one', 'two', 'three', 'four', 'five', 'six'),
  ...meta,
  className: fc.oneof(
    { weight: 40, arbitrary: fc.constant('nginx') },
    { weight: 1, arbitrary: nasty },
    { weight: 1, arbitrary: fc.constant(undefined) },
  ),
  annotations: fc
    .array(annotation, { maxLength: 4 })
    .map(
      (given) =>
        new Map(given.map(([name, value]) => [`nginx.ingress.kubernetes.io/${name}`, value])),
    ),
  defaultBackend: fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: backend },
  ),
  tls: fc.array(
    fc.record({
      hosts: fc.array(host, { maxLength: 2 }),
      secretName: mostly(secretName),
    }),
    { maxLength: 2 },
  ),
  rules: fc.array(
    fc.record({
      host,
      paths: fc.option(
        fc.array(
          fc.record({
            path,
            pathType: fc.constantFrom('Exact', 'Prefix', 'ImplementationSpecific'),
            backend,
          }),
          { maxLength: 4 },
        ),
        { nil: undefined },
      ),
    }),
    { maxLength: 3 },
  ),
})

const service: fc.Arbitrary<Service> = fc.record({
  kind: fc.constant('Service'),
  namespace,
  name: serviceName,
  ...meta,
  type: fc.constantFrom('ClusterIP', 'ClusterIP', 'ExternalName', 'NodePort'),
  clusterIPs: fc.array(mostly(fc.constantFrom('10.96.0.1', 'fd00::1', '::ffff:10.0.0.1', '1')), {
    maxLength: 2,
  }),
  externalName: mostly(
    fc.constantFrom('db.example.com', 'a'.repeat(253), '10.1', '0x0a000001', 'fd00::1', '1.2.3'),
  ),
  sessionAffinity: fc.constantFrom('None', 'ClientIP'),
  ports: fc.array(
    fc.record({
      name: fc.constantFrom('', 'http', 'x'),
      protocol: fc.constantFrom('TCP', 'TCP', 'UDP'),
      port: fc.constantFrom(80, 8080, 1, 65_535),
      targetPort: fc.constantFrom<number | string>(8080, 'http', 0, -1, 70_000),
    }),
    { maxLength: 2 },
  ),
})

const slice: fc.Arbitrary<EndpointSlice> = fc.record({
  kind: fc.constant('EndpointSlice'),
  namespace,
  name: fc.constantFrom('one', 'two', 'three'),
  ...meta,
  service: serviceName,
  addressType: fc.constantFrom('IPv4', 'IPv6', 'FQDN'),
  ports: fc.array(
    fc.record({
      name: fc.constantFrom('', 'http', 'x'),
      port: fc.constantFrom(8080, 80, 0, -1, 65_536, 2 ** 40),
      protocol: fc.constantFrom('TCP', 'UDP'),
    }),
    { maxLength: 2 },
  ),
  readyAddresses: fc.array(
    mostly(
      fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::2', 'fd00::2%eth0', '127.0.0.1', '10.3', '::'),
    ),
    { maxLength: 4 },
  ),
})

const settingKeys = (Object.keys(table) as (keyof typeof table)[]).filter(
  // what nginx opens or looks up depends on the machine
  (key) => key !== 'access-log-path',
)

export const settings: fc.Arbitrary<ConfigMap> = fc
  .array(
    fc.oneof(
      {
        weight: 20,
        arbitrary: fc
          .constantFrom(...settingKeys)
          .chain((key) => fc.tuple(fc.constant<string>(key), valueOf(table[key]))),
      },
      { weight: 1, arbitrary: fc.tuple(nasty, nasty) },
    ),
    { maxLength: 8 },
  )
  .map((given) => ({ ...configMap({}), data: new Map(given) }))

/** Secrets with certificates, in every namespace that the Ingresses are in. */
const secrets: readonly Secret[] = ['host-map-words', 'tls']
  .flatMap((name) => {
    const file = new URL(`../translate/${name}/in.yaml`, import.meta.url)
    return manifest(readFileSync(file, 'utf8')).objects
  })
  .flatMap((object) => (object.kind === 'Secret' ? [object] : []))
  .flatMap((secret) => namespaces.map((each) => ({ ...secret, namespace: each })))

/** What every cluster has, so that it need not be part of a counterexample. */
export const basics: readonly KubernetesObject[] = [
  ingressClass,
  users,
  ...secrets,
  ...namespaces.flatMap(web),
]

/** One that somebody writes. */
export const object: fc.Arbitrary<KubernetesObject> = fc.oneof(
  { weight: 3, arbitrary: ingress },
  { weight: 1, arbitrary: service },
  { weight: 1, arbitrary: slice },
  { weight: 1, arbitrary: settings },
)

/** The objects of a cluster beside `basics`, each once. */
export const cluster: fc.Arbitrary<readonly KubernetesObject[]> = fc
  .tuple(
    fc.array(ingress, { maxLength: 12, size: '+1' }),
    fc.array(service, { maxLength: 8 }),
    fc.array(slice, { maxLength: 8 }),
    fc.option(settings, { nil: undefined }),
  )
  .map(([ingresses, services, slices, given]) => {
    const objects: readonly KubernetesObject[] = [
      ...ingresses,
      ...services,
      ...slices,
      ...(given === undefined ? [] : [given]),
    ]
    return [
      ...new Map(
        objects.map((each) => [`${each.kind} ${each.namespace}/${each.name}`, each]),
      ).values(),
    ]
  })
