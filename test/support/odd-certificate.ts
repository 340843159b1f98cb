import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

// Certificates that webcrypto does not make: with keys on any curve or of DSA, signed with any digest,
// as long as one likes.

/** Somebody who has a key. */
export interface Party {
  readonly name: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** `rsa 1024`, `rsa-pss 2048`, `dsa 1024`, `ec secp224r1`, `ed25519`. */
export function party(name: string, kind: string): Party {
  const [type, size = ''] = kind.split(' ')
  const bits = Number(size)
  switch (type) {
    case 'rsa':
      return { name, ...generateKeyPairSync('rsa', { modulusLength: bits }) }
    case 'rsa-pss':
      return { name, ...generateKeyPairSync('rsa-pss', { modulusLength: bits }) }
    case 'dsa':
      return { name, ...generateKeyPairSync('dsa', { modulusLength: bits, divisorLength: 160 }) }
    case 'ec':
      return { name, ...generateKeyPairSync('ec', { namedCurve: size }) }
    case 'ed25519':
      return { name, ...generateKeyPairSync('ed25519') }
    case 'ed448':
      return { name, ...generateKeyPairSync('ed448') }
    default:
      throw new Error(`no kind of key: ${kind}`)
  }
}

export type Digest = 'md5' | 'sha1' | 'sha256'

/** PEM of a certificate for `subject`, its name first among `names`, signed by `issuer`, or by itself. */
export function certified(
  subject: Party,
  issuer: Party = subject,
  { digest = 'sha256', names = [] }: { digest?: Digest; names?: readonly string[] } = {},
): string {
  const algorithm = signatureOf(issuer, digest)
  const signed = sequence(
    value(0xa0, integer(2)),
    integer(Date.now()),
    algorithm,
    nameOf(issuer),
    sequence(time(-1), time(30)),
    nameOf(subject),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    value(0xa3, sequence(alternativeNames([subject.name, ...names]))),
  )
  const isEdwards = issuer.privateKey.asymmetricKeyType?.startsWith('ed') ?? false
  const signature = sign(isEdwards ? null : digest, signed, issuer.privateKey)
  const der = sequence(signed, algorithm, value(0x03, Buffer.from([0]), signature))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

export const keyOf = ({ privateKey }: Party): string =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

const dayMs = 24 * 60 * 60 * 1000

const identifiers: Readonly<Record<string, string>> = {
  'rsa md5': '2a864886f70d010104',
  'rsa sha1': '2a864886f70d010105',
  'rsa sha256': '2a864886f70d01010b',
  'ec sha1': '2a8648ce3d0401',
  'ec sha256': '2a8648ce3d040302',
  'dsa sha256': '608648016503040302',
  ed25519: '2b6570',
}

function signatureOf({ privateKey }: Party, digest: Digest): Buffer {
  const type = privateKey.asymmetricKeyType ?? ''
  const oid = identifiers[`${type} ${digest}`] ?? identifiers[type]
  if (oid === undefined) throw new Error(`no signatures of ${type} with ${digest}`)
  const parameters = type === 'rsa' ? [value(0x05)] : []
  return sequence(value(0x06, Buffer.from(oid, 'hex')), ...parameters)
}

function nameOf({ name }: Party): Buffer {
  const commonName = value(0x06, Buffer.from('550403', 'hex'))
  return sequence(value(0x31, sequence(commonName, value(0x0c, Buffer.from(name)))))
}

function alternativeNames(names: readonly string[]): Buffer {
  const all = sequence(...names.map((name) => value(0x82, Buffer.from(name))))
  return sequence(value(0x06, Buffer.from('551d11', 'hex')), value(0x04, all))
}

const time = (days: number): Buffer => {
  const text = new Date(Date.now() + days * dayMs).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return value(0x18, Buffer.from(text))
}

const integer = (number: number): Buffer => {
  const bytes = bytesOf(number)
  return (bytes[0] ?? 0) < 0x80 ? value(0x02, bytes) : value(0x02, Buffer.from([0]), bytes)
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => value(0x30, ...parts)

/** A value of DER. */
function value(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content])
  const length = bytesOf(content.length)
  return Buffer.concat([Buffer.from([tag, 0x80 + length.length]), length, content])
}

function bytesOf(number: number): Buffer {
  const hex = number.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
}
