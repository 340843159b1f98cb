import { issued, newKeys } from '../../test/support/certificate.ts'
import type { KeyPair } from '../../test/support/certificate.ts'

/** A certificate for each of `hosts`, all with the same key: only generating keys is slow. */
export async function certificatesFor(
  hosts: readonly string[],
): Promise<ReadonlyMap<string, KeyPair>> {
  const keys = await newKeys()
  const pairs = new Map<string, KeyPair>()
  for (const [index, host] of hosts.entries()) pairs.set(host, await issued(host, index + 1, keys))
  return pairs
}
