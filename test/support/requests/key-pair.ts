import { webcrypto } from 'node:crypto'
import * as x509 from '../../../src/x509.ts'
import { oddPairs } from './odd-pairs.ts'

export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const made = new Map<string, Promise<KeyPair>>()

/**
 * The PEM texts of a self-signed certificate for `names`, the first of which is its common name; for
 * `CN=name` it has a common name alone. After a comma stands what is odd about it. The same names give
 * the same key pair.
 */
export function keyPairFor(names: string): Promise<KeyPair> {
  let pair = made.get(names)
  if (pair === undefined) {
    const [plain = '', oddity] = names.split(', ')
    pair = oddity === undefined ? make(plain.split(' ')) : oddPair(plain, oddity)
    made.set(names, pair)
  }
  return pair
}

async function oddPair(host: string, oddity: string): Promise<KeyPair> {
  const pair = oddPairs[oddity]
  if (pair === undefined) throw new Error(`no key pair is made "${oddity}"`)
  return pair(host)
}

async function make(names: readonly string[]): Promise<KeyPair> {
  const [first = ''] = names
  const isNameless = first.startsWith('CN=')
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const now = Date.now()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [first.replace(/^CN=/, '')] }],
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(now - 86_400_000),
      notAfter: new Date(now + 86_400_000),
      extensions: isNameless
        ? []
        : [
            new x509.SubjectAlternativeNameExtension(
              names.map((value) => ({ type: 'dns', value })),
            ),
          ],
    },
    webcrypto,
  )
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    certificate: certificate.toString('pem'),
    key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
  }
}
