import * as z from 'zod'
import type { Backend, ServicePort } from './kinds.ts'
import { labelMetadata, metadata } from './meta.ts'

/** What Sluice reads of each kind, as the API server writes it; every other field is left behind. */

const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

const portNumber = z.int().min(1).max(65_535)
/** Kubernetes takes zero for no number at all. */
const givenNumber = z.preprocess((value) => (value === 0 ? undefined : value), portNumber.nullish())
const protocol = z
  .enum(['TCP', 'UDP', 'SCTP'])
  .nullish()
  .transform((value) => value ?? 'TCP')

/** Where Ingress was before `networking.k8s.io/v1`, with some fields of other names. */
const beta = 'networking.k8s.io/v1beta1'

const backend = z
  .object({
    service: z
      .object({
        name: z.string(),
        port: z.object({ number: givenNumber, name: text }).nullish(),
      })
      .nullish(),
    resource: z.object({ kind: z.string(), name: z.string() }).nullish(),
    serviceName: z.unknown().optional(),
    servicePort: z.unknown().optional(),
  })
  .transform(({ service, resource, serviceName, servicePort }, context): Backend => {
    if (resource != null) return { kind: 'resource', resource: `${resource.kind}/${resource.name}` }
    const port = service?.port?.number ?? service?.port?.name ?? ''
    if (service == null || port === '') {
      const message =
        serviceName == null && servicePort == null
          ? 'expected a service with a port, by number or by name'
          : `expected service.name with service.port.number or service.port.name; serviceName and servicePort are the form of ${beta}`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    return { kind: 'service', name: service.name, port }
  })

export const ingress = z.object({
  metadata,
  spec: z
    .object({
      ingressClassName: z.string().nullish(),
      defaultBackend: backend.nullish(),
      backend: z
        .unknown()
        .optional()
        .refine(
          (given) => given == null,
          `expected defaultBackend; backend is the form of ${beta}`,
        ),
      tls: list(z.object({ hosts: list(z.string()), secretName: text })),
      rules: list(
        z.object({
          host: text,
          http: z
            .object({
              paths: list(
                z.object({
                  path: text,
                  pathType: z
                    .enum(['Exact', 'Prefix', 'ImplementationSpecific'])
                    .nullish()
                    .transform((value) => value ?? 'ImplementationSpecific'),
                  backend,
                }),
              ),
            })
            .nullish(),
        }),
      ),
    })
    .nullish(),
})

export const ingressClass = z.object({ metadata, spec: z.object({ controller: text }).nullish() })

export const service = z.object({
  metadata: labelMetadata,
  spec: z
    .object({
      type: z
        .enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'])
        .nullish()
        .transform((value) => value ?? 'ClusterIP'),
      clusterIP: text,
      clusterIPs: list(z.string()),
      externalName: text,
      sessionAffinity: z
        .enum(['None', 'ClientIP'])
        .nullish()
        .transform((value) => value ?? 'None'),
      ports: list(
        z
          .object({
            name: text,
            protocol,
            port: portNumber,
            targetPort: z
              .union([z.int(), z.string()], 'expected the number or the name of a port')
              .nullish(),
          })
          .transform(({ targetPort, ...port }): ServicePort => ({
            ...port,
            targetPort: targetPort || port.port,
          })),
      ),
    })
    .nullish(),
})

export const endpointSlice = z.object({
  metadata,
  addressType: z.enum(['IPv4', 'IPv6', 'FQDN']),
  ports: list(z.object({ name: text, port: z.int().nullish(), protocol })),
  endpoints: list(
    z.object({
      addresses: list(z.string()),
      conditions: z
        .object({ ready: z.boolean().nullish(), terminating: z.boolean().nullish() })
        .nullish(),
    }),
  ),
})

export const secret = z.object({
  metadata,
  type: text,
  data: z.record(z.string(), z.string()).nullish(),
  /** Only in files: the API server turns it into `data`. */
  stringData: z.record(z.string(), z.string()).nullish(),
})

export const configMap = z.object({ metadata, data: z.record(z.string(), z.string()).nullish() })
export const namespace = z.object({ metadata: labelMetadata })
