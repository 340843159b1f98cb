import type { Meta } from './meta.ts'
import type { SecretText } from './secret-text.ts'

/** Narrow, readonly Kubernetes types: what Sluice reads of each kind, and nothing else. */

export interface Ingress extends Meta {
  readonly kind: 'Ingress'
  readonly className: string | undefined
  readonly annotations: ReadonlyMap<string, string>
  readonly defaultBackend: Backend | undefined
  readonly tls: readonly IngressTls[]
  readonly rules: readonly IngressRule[]
}

export interface IngressTls {
  readonly hosts: readonly string[]
  /** Empty if none is given. */
  readonly secretName: string
}

export interface IngressRule {
  /** Empty for every host. As the user wrote it; not validated. */
  readonly host: string
  /** Undefined for a rule without `http`: everything goes to the default backend. */
  readonly paths: readonly IngressPath[] | undefined
}

export interface IngressPath {
  /** As the user wrote it; not validated. */
  readonly path: string
  readonly pathType: 'Exact' | 'Prefix' | 'ImplementationSpecific'
  readonly backend: Backend
}

export type Backend =
  | { readonly kind: 'service'; readonly name: string; readonly port: PortRef }
  | { readonly kind: 'resource'; readonly resource: string }

/** A port by number or by name. */
export type PortRef = number | string

export interface IngressClass extends Meta {
  readonly kind: 'IngressClass'
  readonly controller: string
  /** Of annotation ingressclass.kubernetes.io/is-default-class. */
  readonly isDefault: boolean
}

export interface Service extends Meta {
  readonly kind: 'Service'
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'
  /** Empty for a headless Service. */
  readonly clusterIPs: readonly string[]
  readonly externalName: string
  readonly sessionAffinity: 'None' | 'ClientIP'
  readonly ports: readonly ServicePort[]
}

export interface ServicePort {
  /** Empty where a Service has one unnamed port. */
  readonly name: string
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
  readonly port: number
  /** A number, or the name of a container port; equals `port` where the Service gives none. */
  readonly targetPort: PortRef
}

export interface EndpointSlice extends Meta {
  readonly kind: 'EndpointSlice'
  /** Label kubernetes.io/service-name; empty if missing. */
  readonly service: string
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN'
  readonly ports: readonly SlicePort[]
  /** Of the endpoints that are ready; an unset condition counts as ready, a terminating endpoint never. */
  readonly readyAddresses: readonly string[]
}

export interface SlicePort {
  readonly name: string
  readonly port: number
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
}

export interface Secret extends Meta {
  readonly kind: 'Secret'
  readonly type: string
  /** Only what Sluice can use (`secretDataOf`), decoded from base64. */
  readonly data: ReadonlyMap<string, SecretText>
  /** How many keys there are beside those; left out for none. */
  readonly others?: number
}

export interface ConfigMap extends Meta {
  readonly kind: 'ConfigMap'
  readonly data: ReadonlyMap<string, string>
  /** Keys of which nginx did not take the value, for a reason that is not in its text; with nginx's words. */
  readonly refused?: ReadonlyMap<string, string>
}

export interface Namespace extends Meta {
  readonly kind: 'Namespace'
  readonly labels: ReadonlyMap<string, string>
}

export type KubernetesObject =
  | Ingress
  | IngressClass
  | Service
  | EndpointSlice
  | Secret
  | ConfigMap
  | Namespace
export type Kind = KubernetesObject['kind']
export type OfKind<K extends Kind> = Extract<KubernetesObject, { readonly kind: K }>
