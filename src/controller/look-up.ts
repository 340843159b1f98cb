import type { RecordWithTtl } from 'node:dns'
import type { Resolver } from 'node:dns/promises'

/** What DNS servers say of several names, of which the first that has an address counts. */
export type LookedUp =
  | { readonly kind: 'found'; readonly name: string; readonly records: readonly RecordWithTtl[] }
  /** No name has an address. */
  | { readonly kind: 'none' }
  /** No server answered for a name that had to be known. */
  | { readonly kind: 'failed'; readonly error: unknown }

/** Answers of servers that know that there is nothing; and a name that DNS cannot have. */
const nothing = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME'])

/** Asks for `names`, one after the other. One for which no server answers ends the search, unless `mayLack` it. */
export async function lookUp(
  resolver: Resolver,
  names: readonly string[],
  mayLack: (name: string) => boolean,
): Promise<LookedUp> {
  let failed: LookedUp | undefined
  for (const name of names) {
    const found = await lookUpOne(resolver, name)
    if (found.kind === 'found' || (found.kind === 'failed' && !mayLack(name))) return found
    if (found.kind === 'failed') failed ??= found
  }
  return failed ?? { kind: 'none' }
}

async function lookUpOne(resolver: Resolver, name: string): Promise<LookedUp> {
  const answers = await Promise.allSettled([
    resolver.resolve4(name, { ttl: true }),
    resolver.resolve6(name, { ttl: true }),
  ])
  const records = answers.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
  if (records.length > 0) return { kind: 'found', name, records }
  const failed = answers.find(
    (each) => each.status === 'rejected' && !nothing.has(codeOf(each.reason)),
  )
  return failed?.status === 'rejected' ? { kind: 'failed', error: failed.reason } : { kind: 'none' }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''
