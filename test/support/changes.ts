import * as fc from 'fast-check'
import type { KubernetesObject } from '../../src/objects/kinds.ts'
import { keyOf } from '../../src/objects/meta.ts'
import type { Update } from '../../src/cluster/store.ts'
import { object } from './arbitrary.ts'

/** What may become of a cluster from one pass to the next, given its objects; undefined for nothing. */
export type Change = (objects: readonly KubernetesObject[]) => Update | undefined

const put = (object: KubernetesObject): Update => ({
  kind: object.kind,
  key: keyOf(object),
  object,
})

/** `change` of the object that `seed` picks among those that are `wanted`. */
const ofOne = <T extends KubernetesObject>(
  wanted: (object: KubernetesObject) => object is T,
  change: (one: T, all: readonly T[], seed: number) => Update | undefined,
): fc.Arbitrary<Change> =>
  fc.nat().map((seed) => (objects) => {
    const all = objects.filter(wanted)
    const one = all[seed % all.length]
    return one === undefined ? undefined : change(one, all, seed)
  })

const isAny = (object: KubernetesObject): object is KubernetesObject => object.kind !== 'Namespace'
const of =
  <K extends KubernetesObject['kind']>(kind: K) =>
  (object: KubernetesObject): object is Extract<KubernetesObject, { readonly kind: K }> =>
    object.kind === kind

const written = object.map(
  (one): Change =>
    () =>
      put(one),
)

const removed = ofOne(isAny, (object) => ({ ...put(object), object: undefined }))

/** The API server sends an object that says the same, as after a new list. */
const sentAgain = ofOne(isAny, (object) => put({ ...object }))

const endpointsGoneOrBack = ofOne(of('EndpointSlice'), (slice) =>
  put({ ...slice, readyAddresses: slice.readyAddresses.length > 0 ? [] : ['10.0.0.9'] }),
)

const otherPort = ofOne(of('Service'), (service) =>
  put({
    ...service,
    ports: service.ports.map((one) => ({ ...one, targetPort: 'http', port: 80 })),
  }),
)

/** A Secret has the content of another one, or none. */
const renewed = ofOne(of('Secret'), (secret, all, seed) => {
  const other = all[Math.floor(seed / all.length) % (all.length + 1)]
  return put({ ...secret, data: other?.data ?? new Map() })
})

/** The hosts of an Ingress are served over TLS, or no more. */
const securedOrNot = ofOne(of('Ingress'), (ingress, _, seed) => {
  const hosts = ingress.rules.map(({ host }) => host)
  const secretName = seed % 2 === 0 ? 'words' : 'shop'
  return put({ ...ingress, tls: ingress.tls.length > 0 ? [] : [{ hosts, secretName }] })
})

const ofAnotherController = ofOne(of('IngressClass'), (one) =>
  put({ ...one, controller: one.controller === 'other' ? 'k8s.io/ingress-nginx' : 'other' }),
)

export const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: written },
  { weight: 2, arbitrary: removed },
  { weight: 1, arbitrary: sentAgain },
  { weight: 4, arbitrary: endpointsGoneOrBack },
  { weight: 1, arbitrary: otherPort },
  { weight: 3, arbitrary: renewed },
  { weight: 2, arbitrary: securedOrNot },
  { weight: 1, arbitrary: ofAnotherController },
  { weight: 1, arbitrary: fc.constant(() => undefined) },
)
