// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs it, and before it
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const dayMs = 24 * 60 * 60 * 1000

export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

/** A certificate for each of `hosts`, all with the same key: only generating keys is slow. */
export async function certificatesFor(
  hosts: readonly string[],
): Promise<ReadonlyMap<string, KeyPair>> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  const key = `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`
  const issued = new Map<string, KeyPair>()
  for (const [index, host] of hosts.entries()) {
    const certificate = await x509.X509CertificateGenerator.create(
      {
        serialNumber: (index + 1).toString(16).padStart(8, '0'),
        subject: `CN=${host}`,
        issuer: 'CN=bench',
        publicKey: keys.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        notBefore: new Date(Date.now() - dayMs),
        notAfter: new Date(Date.now() + 30 * dayMs),
        extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
      },
      webcrypto,
    )
    issued.set(host, { certificate: `${certificate.toString('pem')}\n`, key })
  }
  return issued
}
