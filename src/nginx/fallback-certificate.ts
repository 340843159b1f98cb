import { X509Certificate, createPrivateKey, webcrypto } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as x509 from '../x509.ts'
import { ownDirectory, replace, syncDirectory } from './files.ts'

const dayMs = 24 * 60 * 60 * 1000
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** The subject tells who sees it in a browser what is wrong; the name is the one users search for. */
export const fallbackSubject = {
  commonName: 'Kubernetes Ingress Controller Fake Certificate',
  organization: 'Served as no valid TLS Secret covers the requested host',
} as const

/**
 * The file, with key and certificate, that nginx presents where no Secret covers the host.
 *
 * It stays the same over restarts, so that the configuration does too, until a month before it ends.
 */
export async function ensureFallbackCertificate(stateDir: string): Promise<string> {
  const path = join(stateDir, 'tls', 'fallback.pem')
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  await ownDirectory(dirname(path))
  const present = await readFile(path, 'utf8').catch(() => undefined)
  if (present !== undefined && isGood(present)) return path
  await replace(path, await newPem())
  await syncDirectory(dirname(path))
  return path
}

function isGood(pem: string): boolean {
  try {
    const certificate = new X509Certificate(pem)
    const daysLeft = (certificate.validToDate.getTime() - Date.now()) / dayMs
    return daysLeft >= 30 && certificate.checkPrivateKey(createPrivateKey(pem))
  } catch {
    return false
  }
}

async function newPem(): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const name = [{ O: [fallbackSubject.organization] }, { CN: [fallbackSubject.commonName] }]
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
