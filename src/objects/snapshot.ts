import type { Diagnostic } from '../diagnostics.ts'
import type {
  ConfigMap,
  EndpointSlice,
  Ingress,
  IngressClass,
  KubernetesObject,
  Secret,
  Service,
} from './kinds.ts'
import { byAge, keyOf } from './meta.ts'
import type { Key } from './meta.ts'

/** Everything that Sluice knows of the cluster at one moment. Immutable. */
export interface Snapshot {
  /** Oldest first (`byAge`). */
  readonly ingresses: readonly Ingress[]
  /** Undefined where the API server does not let Sluice list them: then only the legacy annotation counts. */
  readonly ingressClasses: ReadonlyMap<Key, IngressClass> | undefined
  readonly services: ReadonlyMap<Key, Service>
  /** By namespace/name of the Service. */
  readonly endpointSlices: ReadonlyMap<Key, readonly EndpointSlice[]>
  readonly secrets: ReadonlyMap<Key, Secret>
  readonly configMaps: ReadonlyMap<Key, ConfigMap>
  /**
   * What names in URLs lead to, where nginx resolves names itself: a full name, with a dot at its end, or an
   * address that requests must not reach. A name that is left out stands for itself.
   */
  readonly urlHosts?: ReadonlyMap<string, string>
  /** Of objects that could not be read at all. */
  readonly diagnostics: readonly Diagnostic[]
}

/** A Snapshot of `objects`, in any order. Of two with the same kind and key the later one counts. */
export function snapshotOf(
  objects: Iterable<KubernetesObject>,
  diagnostics: readonly Diagnostic[] = [],
  { classesReadable = true } = {},
): Snapshot {
  const ingresses = new Map<Key, Ingress>()
  const ingressClasses = new Map<Key, IngressClass>()
  const services = new Map<Key, Service>()
  const slices = new Map<Key, EndpointSlice>()
  const secrets = new Map<Key, Secret>()
  const configMaps = new Map<Key, ConfigMap>()
  for (const object of objects) {
    const key = keyOf(object)
    switch (object.kind) {
      case 'Ingress':
        ingresses.set(key, object)
        break
      case 'IngressClass':
        ingressClasses.set(key, object)
        break
      case 'Service':
        services.set(key, object)
        break
      case 'EndpointSlice':
        slices.set(key, object)
        break
      case 'Secret':
        secrets.set(key, object)
        break
      case 'ConfigMap':
        configMaps.set(key, object)
        break
      case 'Namespace':
        break
    }
  }
  return {
    ingresses: [...ingresses.values()].sort(byAge),
    ingressClasses: classesReadable ? ingressClasses : undefined,
    services,
    endpointSlices: slicesByService(slices.values()),
    secrets,
    configMaps,
    diagnostics,
  }
}

export function slicesByService(
  slices: Iterable<EndpointSlice>,
): Map<Key, readonly EndpointSlice[]> {
  const byService = new Map<Key, EndpointSlice[]>()
  for (const slice of slices) {
    if (slice.service === '') continue
    const key = keyOf({ namespace: slice.namespace, name: slice.service })
    const already = byService.get(key)
    if (already === undefined) byService.set(key, [slice])
    else already.push(slice)
  }
  return byService
}
