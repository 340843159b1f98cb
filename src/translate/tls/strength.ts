import type { KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { Context } from '../context.ts'
import type { Chain, Link } from './chain.ts'
import type { Algorithms } from './der.ts'
import { signatures, unknownSignature } from './signatures.ts'

/** What nginx's OpenSSL asks of a chain before it shows it. */
export interface Demands {
  /** https://docs.openssl.org/master/man3/SSL_CTX_set_security_level/ */
  readonly level: number
  /** Whether it looks at the signatures as well, not at the keys alone. */
  readonly ofSignatures: boolean
}

export function demandsOf({ settings, options }: Pick<Context, 'settings' | 'options'>): Demands {
  const level = /^.*@SECLEVEL=(\d)/.exec(settings['ssl-ciphers'])?.[1]
  return {
    level: level === undefined ? usualLevel : Number(level),
    ofSignatures: !options.abilities.weakSignatures,
  }
}

/** OpenSSL's own default since 3.2, and Debian's before. */
const usualLevel = 2

/** How many bits of security each level asks for. */
const bitsOfLevel = [0, 80, 112, 128, 192, 256]

const levelOf = (bits: number): number => bitsOfLevel.findLastIndex((needed) => needed <= bits)

/**
 * The highest level at which OpenSSL shows a certificate for sure. It is 0 for keys and signatures
 * that are rare: about those `weaknessOf` asks OpenSSL, which takes ten times as long.
 */
export const sureLevel = ({ algorithms }: Link): number =>
  Math.min(levelOfKey(algorithms), levelOf(signatures[algorithms.signature]?.bits ?? 0))

function levelOfKey({ key, curve, modulusBits }: Algorithms): number {
  switch (key) {
    case '2a864886f70d010101': // RSA
      return modulusBits >= 3072 ? 3 : modulusBits >= 2048 ? 2 : 0
    case '2a8648ce3d0201': // EC
      return levelsOfCurves[curve] ?? 0
    case '2b6570': // Ed25519
      return 3
    default:
      return 0
  }
}

const levelsOfCurves: Readonly<Record<string, number>> = {
  '2a8648ce3d030107': 3, // P-256
  '2b81040022': 4, // P-384
  '2b81040023': 5, // P-521
}

/** Why OpenSSL shows nobody this chain; undefined if it does. */
export function weaknessOf(chain: Chain, { level, ofSignatures }: Demands): string | undefined {
  for (const [i, link] of chain.entries()) {
    if (level <= sureLevel(link)) continue
    const { certificate, algorithms } = link
    const which = `has a tls.crt whose certificate ${i + 1}`
    const tooWeak = `too weak for OpenSSL at security level ${level}`
    const key = publicKeyOf(certificate)
    if (key === undefined || !familiar.has(key.asymmetricKeyType ?? ''))
      return `${which} has a key that not every OpenSSL can read`
    if (!isTaken(key, certificate, level)) return `${which} has ${kindOf(key)}, ${tooWeak}`
    const { name, bits } = signatures[algorithms.signature] ?? unknownSignature
    const isSelfSigned = certificate.issuer === certificate.subject
    if (ofSignatures && !isSelfSigned && levelOf(bits) < level)
      return `${which} is signed with ${name}, ${tooWeak}`
  }
  return undefined
}

function publicKeyOf(certificate: X509Certificate): KeyObject | undefined {
  try {
    return certificate.publicKey
  } catch {
    return undefined
  }
}

/** By level and kind of key, on which alone the answer depends; OpenSSL takes half a millisecond for it. */
const taken = new Map<string, boolean>()

function isTaken(key: KeyObject, certificate: X509Certificate, level: number): boolean {
  const question = `${level} ${kindOf(key)}`
  const known = taken.get(question)
  if (known !== undefined) return known
  const answer = doesOpenSslTake(certificate, level)
  taken.set(question, answer)
  return answer
}

function doesOpenSslTake(certificate: X509Certificate, level: number): boolean {
  try {
    createSecureContext({ cert: certificate.toString(), ciphers: `DEFAULT:@SECLEVEL=${level}` })
    return true
  } catch (error) {
    // some releases look at the signature as well, after the key
    return error instanceof Error && 'code' in error && error.code === 'ERR_SSL_CA_MD_TOO_WEAK'
  }
}

/** Why TLS clients shake no hands over `key`; undefined if some do. */
export function unusable(key: KeyObject): string | undefined {
  const isUsable =
    key.asymmetricKeyType === 'ec'
      ? curves.has(key.asymmetricKeyDetails?.namedCurve ?? '')
      : types.has(key.asymmetricKeyType ?? '')
  return isUsable
    ? undefined
    : `has ${kindOf(key)}, which TLS clients do not take; expected RSA, or a curve such as P-256`
}

/** Those that TLS has signature schemes for: https://www.iana.org/assignments/tls-parameters */
const types: ReadonlySet<string> = new Set(['rsa', 'rsa-pss', 'ed25519', 'ed448'])
const curves: ReadonlySet<string> = new Set([
  'prime256v1',
  'secp384r1',
  'secp521r1',
  'brainpoolP256r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
])

/** What every OpenSSL that nginx is built with knows. */
const familiar: ReadonlySet<string> = new Set([...types, 'ec', 'dsa'])

function kindOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string {
  if (details?.namedCurve !== undefined) return `a key on curve ${details.namedCurve}`
  if (details?.modulusLength === undefined) return `a key of type ${type}`
  return type === 'dsa'
    ? `a DSA key of ${details.modulusLength} and ${details.divisorLength} bits`
    : `an ${type?.toUpperCase()} key of ${details.modulusLength} bits`
}
