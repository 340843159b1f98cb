import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureFallbackCertificate } from '../../src/nginx/fallback-certificate.ts'

let made: Promise<string> | undefined

/**
 * Puts a fallback certificate into `stateDir`, the same for all that this process asks for: to make one
 * takes longer than most cases.
 */
export async function putFallbackCertificate(stateDir: string): Promise<void> {
  made ??= make()
  await mkdir(join(stateDir, 'tls'), { recursive: true, mode: 0o700 })
  await writeFile(join(stateDir, 'tls', 'fallback.pem'), await made, { mode: 0o600 })
}

async function make(): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'sluice-fallback-'))
  try {
    return await readFile(await ensureFallbackCertificate(scratch), 'utf8')
  } finally {
    await rm(scratch, { recursive: true })
  }
}
