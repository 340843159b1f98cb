// A worker thread: it posts a new key and a certificate for it, PEM, and ends.

import { webcrypto } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import * as x509 from '../x509.ts'

const dayMs = 24 * 60 * 60 * 1000
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** The subject tells who sees it in a browser what is wrong; the name is the one users search for. */
const subject = {
  commonName: 'Kubernetes Ingress Controller Fake Certificate',
  organization: 'Served as no valid TLS Secret covers the requested host',
} as const

parentPort?.postMessage(await newPem(), []) // copied; nothing is transferred

async function newPem(): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const name = [{ O: [subject.organization] }, { CN: [subject.commonName] }]
  const now = Date.now()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name,
      keys,
      signingAlgorithm: algorithm,
      // A machine whose clock is a little behind ours accepts it as well.
      notBefore: new Date(now - dayMs),
      notAfter: new Date(now + 365 * dayMs),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'ingress.local' }]),
      ],
    },
    webcrypto,
  )
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n${certificate.toString('pem')}\n`
}
