import { apiVersions } from '../objects/decode.ts'
import type { Kind } from '../objects/kinds.ts'
import type { Key } from '../objects/meta.ts'
import type { Connection } from './connection.ts'
import type { Feed } from './feed.ts'
import { Replica } from './replica.ts'

/** Objects that flags name: they count wherever they are. A Service brings its EndpointSlices. */
export type Pinned = { readonly [K in 'ConfigMap' | 'Secret' | 'Service']?: readonly Key[] }

/** Which part of the cluster is read. */
export interface Scope {
  /** Only this namespace; empty or undefined for all. */
  readonly watchNamespace?: string | undefined
  /** Only namespaces with these labels; empty or undefined for all. */
  readonly watchNamespaceSelector?: string | undefined
  readonly pinned?: Pinned | undefined
}

/** The name of each kind in URLs and in RBAC rules. */
export const resources: Readonly<Record<Kind, string>> = {
  Ingress: 'ingresses',
  IngressClass: 'ingressclasses',
  Service: 'services',
  EndpointSlice: 'endpointslices',
  Secret: 'secrets',
  ConfigMap: 'configmaps',
  Namespace: 'namespaces',
}

/** What Helm keeps in the cluster is large, and nothing of it is for Sluice. */
const selectors: { readonly [K in Kind]?: Readonly<Record<string, string>> } = {
  Secret: { fieldSelector: 'type!=helm.sh/release.v1' },
  ConfigMap: { labelSelector: 'OWNER!=TILLER' },
}

export const serviceNameLabel = 'kubernetes.io/service-name'

/** Every list that has to be followed to know what is in `scope`. */
export function feedsOf(scope: Scope, connection: Connection): readonly Feed[] {
  const { watchNamespace = '', watchNamespaceSelector = '', pinned = {} } = scope
  const feed = (kind: Kind, namespace: string, query = selectors[kind] ?? {}): Feed => ({
    replica: new Replica(kind),
    connection,
    path: pathOf(kind, namespace),
    query,
  })
  return [
    ...(watchNamespaceSelector === ''
      ? []
      : [feed('Namespace', '', { labelSelector: watchNamespaceSelector })]),
    feed('IngressClass', ''),
    ...(['Ingress', 'Service', 'EndpointSlice', 'Secret', 'ConfigMap'] as const).map((kind) =>
      feed(kind, watchNamespace),
    ),
    ...Object.entries(pinned).flatMap(([kind, keys]) =>
      [...new Set(keys)].flatMap((key) => {
        const [namespace = '', name = ''] = key.split('/')
        if (watchNamespace === '' || namespace === watchNamespace) return []
        const one = feed(kind as keyof Pinned, namespace, {
          fieldSelector: `metadata.name=${name}`,
        })
        if (kind !== 'Service') return [one]
        const labelSelector = `${serviceNameLabel}=${name}`
        return [one, feed('EndpointSlice', namespace, { labelSelector })]
      }),
    ),
  ]
}

/** `/apis/networking.k8s.io/v1/namespaces/shop/ingresses` */
export function pathOf(kind: Kind, namespace: string): string {
  const version = apiVersions[kind]
  const base = version.includes('/') ? `/apis/${version}` : `/api/${version}`
  return `${base}${namespace === '' ? '' : `/namespaces/${namespace}`}/${resources[kind]}`
}

/** `ingresses.networking.k8s.io`, as in error messages and `kubectl auth can-i`. */
export function resourceText(kind: Kind): string {
  const [group] = apiVersions[kind].split('/')
  return group === 'v1' ? resources[kind] : `${resources[kind]}.${group}`
}
