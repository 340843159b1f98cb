interface Signature {
  readonly name: string
  /** Of security, as OpenSSL counts. */
  readonly bits: number
}

const md5: Signature = { name: 'MD5', bits: 39 }
const sha1: Signature = { name: 'SHA-1', bits: 63 }
const sha224: Signature = { name: 'SHA-224', bits: 112 }
const sha256: Signature = { name: 'SHA-256', bits: 128 }
const sha384: Signature = { name: 'SHA-384', bits: 192 }
const sha512: Signature = { name: 'SHA-512', bits: 256 }

/** How certificates are signed, by object identifier. */
export const signatures: Readonly<Record<string, Signature>> = {
  // RSA
  '2a864886f70d010104': md5,
  '2a864886f70d010105': sha1,
  '2a864886f70d01010e': sha224,
  '2a864886f70d01010b': sha256,
  '2a864886f70d01010c': sha384,
  '2a864886f70d01010d': sha512,
  // RSA-PSS, nearly always with SHA-256 or better
  '2a864886f70d01010a': sha256,
  // ECDSA
  '2a8648ce3d0401': sha1,
  '2a8648ce3d040301': sha224,
  '2a8648ce3d040302': sha256,
  '2a8648ce3d040303': sha384,
  '2a8648ce3d040304': sha512,
  // DSA
  '2a8648ce380403': sha1,
  '608648016503040301': sha224,
  '608648016503040302': sha256,
  '2b6570': { name: 'Ed25519', bits: 128 },
  '2b6571': { name: 'Ed448', bits: 224 },
}

export const unknownSignature: Signature = { name: 'an unknown algorithm', bits: 0 }
