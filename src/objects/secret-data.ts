import type { Secret } from './kinds.ts'
import { SecretText } from './secret-text.ts'

/** Keys that mean the same in every Secret. */
const namedKeys = new Set(['tls.crt', 'tls.key', 'ca.crt', 'ca.crl', 'auth'])

/** Longer than every hash of a password. */
const longestHash = 256

/** A password as crypt(3) and htpasswd store it: `$apr1$…`, `{SHA}…`, or the 13 characters of DES. */
const looksLikeHash = /^(?:\$|\{[A-Z]|[./0-9A-Za-z]{13}\r?\n?$)/

interface RawSecret {
  readonly type: string
  readonly data?: Readonly<Record<string, string>> | null | undefined
  readonly stringData?: Readonly<Record<string, string>> | null | undefined
}

/**
 * What Sluice can use of a Secret: keys that it knows and, because each key may be a user (`auth-map`),
 * what looks like the hash of a password. Passwords and tokens of others are not even kept in memory.
 */
export function secretDataOf({
  type,
  data,
  stringData,
}: RawSecret): Pick<Secret, 'data' | 'others'> {
  const plain = new Map(Object.entries(stringData ?? {}))
  const encoded = new Map(Object.entries(data ?? {}))
  const keys = new Set([...encoded.keys(), ...plain.keys()])
  const hasUsers = type === '' || type === 'Opaque'
  const kept = new Map<string, SecretText>()
  for (const key of keys) {
    const base64 = encoded.get(key) ?? ''
    const length = plain.get(key)?.length ?? base64.length * 0.75
    const isNamed = namedKeys.has(key)
    if (!isNamed && !(hasUsers && length <= longestHash)) continue
    const text = plain.get(key) ?? Buffer.from(base64, 'base64').toString('utf8')
    if (isNamed || looksLikeHash.test(text)) kept.set(key, new SecretText(text))
  }
  const others = keys.size - kept.size
  return others === 0 ? { data: kept } : { data: kept, others }
}
