import * as z from 'zod'
import type { Diagnostic, ObjectRef } from '../diagnostics.ts'
import { preview } from '../diagnostics.ts'
import { exact } from '../exact.ts'
import type { Kind, KubernetesObject } from './kinds.ts'
import { metaOf } from './meta.ts'
import type { Provenance } from './meta.ts'
import {
  configMap,
  endpointSlice,
  ingress,
  ingressClass,
  namespace,
  secret,
  service,
} from './schemas.ts'
import { secretDataOf } from './secret-data.ts'

/** The kinds that Sluice reads, with the API group and version of each. */
export const apiVersions: Readonly<Record<Kind, string>> = {
  Ingress: 'networking.k8s.io/v1',
  IngressClass: 'networking.k8s.io/v1',
  Service: 'v1',
  EndpointSlice: 'discovery.k8s.io/v1',
  Secret: 'v1',
  ConfigMap: 'v1',
  Namespace: 'v1',
}

export const isKind = (kind: unknown): kind is Kind =>
  typeof kind === 'string' && Object.hasOwn(apiVersions, kind)

export type Decoded =
  | { readonly object: KubernetesObject }
  /** At least one. */
  | { readonly diagnostics: readonly Diagnostic[] }

/** Of one object this many wrong fields are named; the rest is counted. */
const mostNamed = 20

/**
 * `raw`, as JSON has it, as a narrow object; every field that Sluice does not read is left behind.
 * Of one that is not what its kind promises each wrong field is a Diagnostic.
 */
export function decode(kind: Kind, raw: unknown, provenance: Provenance = {}): Decoded {
  const parsed = decoders[kind](raw, provenance)
  if (parsed.success) return { object: parsed.data }
  const wrong = (problem: string, field = ''): Diagnostic => ({
    code: 'object-invalid',
    severity: 'error',
    object: refOf(kind, raw, provenance),
    ...(field === '' ? {} : { field }),
    problem,
    instead: 'the object is ignored',
  })
  const { issues } = parsed.error
  const diagnostics = issues
    .slice(0, mostNamed)
    .map(({ message, path }) => wrong(message, fieldText(path)))
  const rest = issues.length - diagnostics.length
  return {
    diagnostics: rest > 0 ? [...diagnostics, wrong(`${rest} more fields are wrong`)] : diagnostics,
  }
}

/** `spec.rules[0].host`; a key that is no usual one in quotes. */
export function fieldText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`
      const key = String(part)
      return /^[\w./-]{1,100}$/.test(key) ? `.${key}` : `[${preview(key)}]`
    })
    .join('')
    .replace(/^\./, '')
}

function refOf(kind: string, raw: unknown, { source }: Provenance): ObjectRef {
  const named = z
    .object({ metadata: z.object({ name: z.string().catch(''), namespace: z.string().catch('') }) })
    .safeParse(raw)
  const { name, namespace } = named.success ? named.data.metadata : { name: '', namespace: '' }
  return {
    kind,
    namespace,
    name: name === '' ? '(no name)' : name,
    ...(source === undefined ? {} : { source }),
  }
}

type Parsed =
  | { readonly success: true; readonly data: KubernetesObject }
  | { readonly success: false; readonly error: z.ZodError }
type Decoder = (raw: unknown, provenance: Provenance) => Parsed

/** Reads with `schema`, then narrows with `build`. */
function decoder<S extends z.ZodType>(
  schema: S,
  build: (value: z.output<S>, provenance: Provenance) => KubernetesObject,
  { isSecret = false } = {},
): Decoder {
  return (raw, provenance) => {
    const parsed = schema.safeParse(raw, { error: (issue) => expectation(issue, isSecret) })
    return parsed.success
      ? { success: true, data: build(parsed.data, provenance) }
      : { success: false, error: parsed.error }
  }
}

/** zod's own words, with what was found; where that is secret, only what kind of thing it is. */
function expectation(issue: z.core.$ZodRawIssue, isSecret: boolean): string | undefined {
  const got =
    issue.input === undefined
      ? 'nothing'
      : isSecret && typeof issue.input !== 'object'
        ? `a ${typeof issue.input}`
        : typeof issue.input === 'string'
          ? preview(issue.input)
          : kindOfValue(issue.input)
  if (issue.code === 'invalid_type') return `expected ${article(issue.expected)}, got ${got}`
  if (issue.code === 'invalid_value')
    return `expected one of ${issue.values.map(String).join(', ')}, got ${got}`
  if (issue.code === 'too_small' || issue.code === 'too_big')
    return `expected a number from 1 to 65535, got ${got}`
  return undefined
}

const article = (noun: string): string =>
  noun === 'record' ? 'an object' : /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`
const kindOfValue = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'an array'
      : typeof value === 'object'
        ? 'an object'
        : JSON.stringify(value)

const entries = (record: Record<string, string> | null | undefined): Map<string, string> =>
  new Map(Object.entries(record ?? {}))

/** kubectl keeps a copy of the whole object here: as large as the object, and nothing to Sluice. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

function annotationsOf(record: Record<string, string> | null | undefined): Map<string, string> {
  const annotations = entries(record)
  annotations.delete(lastApplied)
  return annotations
}

const decoders: Readonly<Record<Kind, Decoder>> = {
  Ingress: decoder(ingress, (raw, provenance) => ({
    kind: 'Ingress',
    ...metaOf(raw.metadata, provenance),
    className: raw.spec?.ingressClassName ?? undefined,
    annotations: annotationsOf(raw.metadata.annotations),
    defaultBackend: raw.spec?.defaultBackend ?? undefined,
    tls: raw.spec?.tls ?? [],
    rules: (raw.spec?.rules ?? []).map(({ host, http }) => ({ host, paths: http?.paths })),
  })),
  IngressClass: decoder(ingressClass, (raw, provenance) => ({
    kind: 'IngressClass',
    ...metaOf(raw.metadata, provenance, false),
    controller: raw.spec?.controller ?? '',
    isDefault: raw.metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true',
  })),
  Service: decoder(service, (raw, provenance) => ({
    kind: 'Service',
    ...metaOf(raw.metadata, provenance),
    type: raw.spec?.type ?? 'ClusterIP',
    clusterIPs: clusterIPsOf(raw.spec),
    externalName: raw.spec?.externalName ?? '',
    sessionAffinity: raw.spec?.sessionAffinity ?? 'None',
    ports: raw.spec?.ports ?? [],
  })),
  EndpointSlice: decoder(endpointSlice, (raw, provenance) => ({
    kind: 'EndpointSlice',
    ...metaOf(raw.metadata, provenance),
    service: raw.metadata.labels?.['kubernetes.io/service-name'] ?? '',
    addressType: raw.addressType,
    ports: exact(
      raw.ports.flatMap(({ name, port, protocol: spoken }) =>
        port == null ? [] : [{ name, port, protocol: spoken }],
      ),
    ),
    readyAddresses: exact(
      raw.endpoints.flatMap(({ addresses, conditions }) =>
        conditions?.ready !== false && conditions?.terminating !== true ? addresses : [],
      ),
    ),
  })),
  Secret: decoder(
    secret,
    (raw, provenance) => ({
      kind: 'Secret',
      ...metaOf(raw.metadata, provenance),
      type: raw.type,
      ...secretDataOf(raw),
    }),
    { isSecret: true },
  ),
  ConfigMap: decoder(configMap, (raw, provenance) => ({
    kind: 'ConfigMap',
    ...metaOf(raw.metadata, provenance),
    data: entries(raw.data),
  })),
  Namespace: decoder(namespace, (raw, provenance) => ({
    kind: 'Namespace',
    ...metaOf(raw.metadata, provenance, false),
    labels: entries(raw.metadata.labels),
  })),
}

function clusterIPsOf(
  spec: { clusterIP: string; clusterIPs: string[] } | null | undefined,
): readonly string[] {
  const given =
    spec === null || spec === undefined
      ? []
      : spec.clusterIPs.length > 0
        ? spec.clusterIPs
        : [spec.clusterIP]
  return exact(given.filter((address) => address !== '' && address !== 'None'))
}
