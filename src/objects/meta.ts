import * as z from 'zod'
import { preview } from '../diagnostics.ts'

/** The part of an object's metadata that Sluice reads. */
export interface Meta {
  readonly namespace: string
  readonly name: string
  /** Empty for an object from a file that gives none. */
  readonly uid: string
  /** Milliseconds since 1970; 0 for an object from a file that gives no creationTimestamp. */
  readonly created: number
  /** Position among the documents of a manifest folder; 0 for every object of an API server. */
  readonly order: number
  /** Where the object was read, for errors: `shop.yaml:12`. */
  readonly source?: string
}

/** What a reader of objects knows about one beyond its own text. */
export interface Provenance {
  readonly order?: number
  readonly source?: string
}

/** A namespace and a Service. */
export const dns1123Label = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
/** Any other object and, as the API server takes it, a host: a label in it may be of any length. */
export const dns1123Subdomain =
  /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
/** A name to ask a DNS server for: no label in a packet has more than 63 characters. */
export const dnsName =
  /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)*$/

const named = (rule: RegExp, expected: string) =>
  z.string().regex(rule, {
    error: ({ input }) => `expected ${expected}, got ${preview(String(input))}`,
  })
const label = named(dns1123Label, 'a DNS-1123 label')

export const metadata = z.object({
  name: named(dns1123Subdomain, 'a DNS-1123 subdomain'),
  namespace: label.optional(),
  uid: z.string().optional(),
  creationTimestamp: z.union([z.string(), z.date()]).nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
})

/** Of the kinds whose names are labels. */
export const labelMetadata = metadata.extend({ name: label })

/** Namespaced objects without a namespace get `default`, as with kubectl. */
export function metaOf(
  raw: z.output<typeof metadata>,
  { order = 0, source }: Provenance,
  namespaced = true,
): Meta {
  const created = raw.creationTimestamp == null ? 0 : new Date(raw.creationTimestamp).getTime()
  return {
    namespace: namespaced ? (raw.namespace ?? 'default') : '',
    name: raw.name,
    uid: raw.uid ?? '',
    created: Number.isNaN(created) ? 0 : created,
    order,
    ...(source === undefined ? {} : { source }),
  }
}

/** `shop/web`; the key of every map of a Snapshot. Cluster-scoped objects have their name alone. */
export type Key = string
export const keyOf = ({
  namespace,
  name,
}: {
  readonly namespace: string
  readonly name: string
}): Key => (namespace === '' ? name : `${namespace}/${name}`)

/**
 * Who wins where two objects claim the same: the oldest, then the earlier document, then the one whose
 * namespace/name sorts last (ingress-nginx, store.go: ListIngresses sorts that way).
 */
export function byAge(a: Meta, b: Meta): number {
  if (a.created !== b.created) return a.created - b.created
  if (a.order !== b.order) return a.order - b.order
  const [left, right] = [keyOf(a), keyOf(b)]
  return left > right ? -1 : left < right ? 1 : 0
}
