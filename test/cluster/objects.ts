/** Objects for the tests, as the API server takes them, and where it takes them. */

export interface Made {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

export const namespace = (name: string, labels = {}): Made => ({
  path: '/api/v1/namespaces',
  body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
})

export const ingress = (namespace: string, name: string, host: string): Made => ({
  path: `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`,
  body: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { namespace, name },
    spec: { ingressClassName: 'nginx', rules: [{ host }] },
  },
})

export const ingressClass = (name: string, isDefault: boolean): Made => ({
  path: '/apis/networking.k8s.io/v1/ingressclasses',
  body: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: {
      name,
      annotations: { 'ingressclass.kubernetes.io/is-default-class': String(isDefault) },
    },
    spec: { controller: 'example.com/other' },
  },
})

export const service = (namespace: string, name: string, port: number): Made => ({
  path: `/api/v1/namespaces/${namespace}/services`,
  body: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name },
    spec: { clusterIP: 'None', ports: [{ port }] },
  },
})

export const endpointSlice = (namespace: string, name: string, address: string): Made => ({
  path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
  body: {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ port: 80 }],
    endpoints: [{ addresses: [address] }],
  },
})

export const secret = (namespace: string, name: string, auth: string): Made => ({
  path: `/api/v1/namespaces/${namespace}/secrets`,
  body: {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name },
    data: { auth: Buffer.from(auth).toString('base64') },
  },
})

export const configMap = (namespace: string, name: string, value: string): Made => ({
  path: `/api/v1/namespaces/${namespace}/configmaps`,
  body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data: { value } },
})
