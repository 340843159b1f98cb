import { webcrypto } from 'node:crypto'
import * as x509 from '../../src/x509.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const dayMs = 24 * 60 * 60 * 1000

export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

/** A private key, with which certificates can be issued again and again. */
export interface Keys {
  readonly key: string
  readonly pair: webcrypto.CryptoKeyPair
}

export async function newKeys(): Promise<Keys> {
  const pair = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', pair.privateKey)
  return { key: `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`, pair }
}

/** A certificate for `host` with these keys; another `serial` is a renewed one. */
export async function issued(host: string, serial: number, keys: Keys): Promise<KeyPair> {
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial.toString(16).padStart(8, '0'),
      subject: `CN=${host}`,
      issuer: 'CN=test',
      publicKey: keys.pair.publicKey,
      signingKey: keys.pair.privateKey,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() - dayMs),
      notAfter: new Date(Date.now() + 30 * dayMs),
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
    },
    webcrypto,
  )
  return { certificate: `${certificate.toString('pem')}\n`, key: keys.key }
}
