import { X509Certificate, createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { ownDirectory, replace, syncDirectory } from './files.ts'

const dayMs = 24 * 60 * 60 * 1000

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

/** Made by a thread of its own, which takes the packages for it along when it ends. */
async function newPem(): Promise<string> {
  const worker = new Worker(new URL(`./fallback-pem${extname(import.meta.url)}`, import.meta.url))
  const [pem] = (await once(worker, 'message')) as [string]
  return pem
}
