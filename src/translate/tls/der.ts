/** What a certificate says of its key and its signature; object identifiers as the hex of their bytes. */
export interface Algorithms {
  readonly key: string
  /** Of an RSA key; else 0. */
  readonly modulusBits: number
  /** Of an EC key; else empty. */
  readonly curve: string
  readonly signature: string
}

/**
 * The algorithms of a certificate, as far as they can be read; undefined if `der` is not one value
 * from its first byte to its last. OpenSSL tells the same, and takes as long for it as for reading
 * the certificate.
 */
export function algorithmsOf(der: Buffer): Algorithms | undefined {
  const certificate = spanAt(der, 0, der.length)
  if (certificate?.end !== der.length) return undefined
  const [signed, signature] = inside(der, certificate)
  const fields = inside(der, signed)
  // version, serial number, signature, issuer, validity, subject, key; the version may be missing
  const hasVersion = der[fields[0]?.start ?? 0] === explicitTag
  const [algorithm, bits] = inside(der, fields[hasVersion ? 6 : 5])
  const [kind, parameters] = inside(der, algorithm)
  const key = hex(der, kind)
  return {
    key,
    modulusBits: key === rsa ? modulusBitsOf(der, bits) : 0,
    curve: key === rsa ? '' : hex(der, parameters),
    signature: hex(der, inside(der, signature)[0]),
  }
}

const rsa = '2a864886f70d010101'
const explicitTag = 0xa0

/** Where a value of DER begins, with its tag and length, where its content does, and where it ends. */
interface Span {
  readonly start: number
  readonly content: number
  readonly end: number
}

/** The values in the content of `span`. */
function inside(der: Buffer, span: Span | undefined): readonly Span[] {
  const found: Span[] = []
  let at = span?.content ?? der.length
  for (;;) {
    const next = spanAt(der, at, span?.end ?? 0)
    if (next === undefined) return found
    found.push(next)
    at = next.end
  }
}

function spanAt(der: Buffer, start: number, limit: number): Span | undefined {
  let length = der[start + 1]
  let content = start + 2
  if (length === undefined) return undefined
  if (length > 0x80) {
    const bytes = length - 0x80
    length = 0
    for (let i = 0; i < bytes; i++) length = length * 256 + (der[content + i] ?? 0)
    content += bytes
  }
  const end = content + length
  return end <= limit ? { start, content, end } : undefined
}

const hex = (der: Buffer, span: Span | undefined): string =>
  span === undefined ? '' : der.toString('hex', span.content, span.end)

/** A key of RSA is a BIT STRING, whose first byte is 0, around a SEQUENCE of modulus and exponent. */
function modulusBitsOf(der: Buffer, bits: Span | undefined): number {
  if (bits === undefined) return 0
  const [modulus] = inside(der, spanAt(der, bits.content + 1, bits.end))
  if (modulus === undefined) return 0
  const isSigned = der[modulus.content] === 0
  const from = isSigned ? modulus.content + 1 : modulus.content
  return (modulus.end - from) * 8 - Math.clz32(der[from] ?? 0) + 24
}
