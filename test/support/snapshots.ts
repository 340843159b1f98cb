import type { EndpointSlice, Ingress, IngressClass, Service } from '../../src/objects/kinds.ts'
import type { ConfigMap, KubernetesObject, Secret } from '../../src/objects/kinds.ts'
import type { Meta } from '../../src/objects/meta.ts'
import { SecretText } from '../../src/objects/secret-text.ts'

const meta = (name: string, namespace = 'shop', order = 0): Meta => ({
  namespace,
  name,
  uid: '',
  created: 0,
  order,
})

export const ingressClass: IngressClass = {
  kind: 'IngressClass',
  ...meta('nginx', ''),
  controller: 'k8s.io/ingress-nginx',
  isDefault: false,
}

/** Service `web` with one endpoint. */
export function web(namespace = 'shop'): readonly [Service, EndpointSlice] {
  return [
    {
      kind: 'Service',
      ...meta('web', namespace),
      type: 'ClusterIP',
      clusterIPs: ['10.96.0.1'],
      externalName: '',
      sessionAffinity: 'None',
      ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 }],
    },
    {
      kind: 'EndpointSlice',
      ...meta('web-1', namespace),
      service: 'web',
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      readyAddresses: ['10.0.0.1'],
    },
  ]
}

interface IngressText {
  readonly name: string
  readonly namespace?: string
  readonly host: string
  readonly paths?: readonly string[]
  readonly pathType?: 'Exact' | 'Prefix' | 'ImplementationSpecific'
  /** By name without prefix. */
  readonly annotations?: Readonly<Record<string, string>>
  readonly className?: string
  readonly secretName?: string
  readonly order?: number
}

/** An Ingress of class `nginx` that leads to `web`. */
export function ingress(text: IngressText): Ingress {
  const { host, paths = ['/'], pathType = 'Prefix', annotations = {}, className = 'nginx' } = text
  return {
    kind: 'Ingress',
    ...meta(text.name, text.namespace, text.order),
    className,
    annotations: new Map(
      Object.entries(annotations).map(([name, value]) => [
        `nginx.ingress.kubernetes.io/${name}`,
        value,
      ]),
    ),
    defaultBackend: undefined,
    tls: text.secretName === undefined ? [] : [{ hosts: [host], secretName: text.secretName }],
    rules: [
      {
        host,
        paths: paths.map((path) => ({
          path,
          pathType,
          backend: { kind: 'service', name: 'web', port: 80 },
        })),
      },
    ],
  }
}

export const configMapKey = 'ingress/nginx-configuration'

export function configMap(data: Readonly<Record<string, string>>): ConfigMap {
  return {
    kind: 'ConfigMap',
    ...meta('nginx-configuration', 'ingress'),
    data: new Map(Object.entries(data)),
  }
}

/**
 * Whom `auth-secret: users` lets in. The key is a file with a user of 13 letters, or, for auth-map, a
 * user whose hash looks like one of DES.
 */
export const users: Secret = {
  kind: 'Secret',
  ...meta('users'),
  type: 'Opaque',
  data: new Map([['auth', new SecretText('ann.of.oxford:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=')]]),
}

/** `objects` with what every Ingress here needs. */
export function withBasics(...objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return [ingressClass, ...web(), users, ...objects]
}
