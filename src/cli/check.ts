import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RefusedKeys, Rejected } from '../controller/refused-keys.ts'
import { rejection } from '../controller/rejection.ts'
import type { Diagnostic } from '../diagnostics.ts'
import { ensureFallbackCertificate } from '../nginx/fallback-certificate.ts'
import { writeKeyFiles } from '../nginx/key-files.ts'
import { placeOf } from '../nginx/place.ts'
import { program } from '../nginx/program.ts'
import { stateDirAt } from '../nginx/state-dir.ts'
import type { Bundle } from '../render/bundle.ts'
import type { TranslateOptions } from '../translate/translation.ts'

type Changes = Pick<TranslateOptions, 'stateDir'> & Partial<TranslateOptions>

interface Made {
  readonly bundle: Bundle
  readonly found: readonly Diagnostic[]
}

/**
 * What `nginx -t` says of a bundle, which is made once more for a directory of its own: the test
 * writes into it, and binds ports. It goes on without the keys of the ConfigMap that nginx refuses. `name`
 * is what the file is called in the answer.
 */
export async function check(
  nginx: string,
  make: (changes: Changes) => Made,
  refused: RefusedKeys,
  scratch: string,
  name: string,
): Promise<readonly Diagnostic[]> {
  for (const dir of ['tls', 'tmp'])
    await mkdir(join(scratch, dir), { recursive: true, mode: 0o700 })
  await ensureFallbackCertificate(scratch)
  const conf = join(scratch, 'nginx.conf')
  for (;;) {
    const { bundle, found } = make({
      stateDir: scratch,
      // Only root may bind the usual ones. One that is in use is no matter for `nginx -t`.
      ...(process.getuid?.() === 0 ? {} : { httpPort: 8080, httpsPort: 8443 }),
    })
    await writeKeyFiles(stateDirAt(scratch), bundle.keyFiles)
    await writeFile(conf, bundle.files.get('nginx.conf') ?? '')
    const verdict = await program(nginx).test(conf)
    const stderr = verdict.stderr.replaceAll(conf, name).replaceAll(scratch, '')
    const keys = found.filter(({ code }) => code === 'setting-refused')
    if (verdict.ok) return [...keys, ...warnings(stderr, name)]
    const place = placeOf(verdict.stderr, bundle)
    const outcome: Rejected = {
      kind: 'rejected',
      digest: bundle.digest,
      stderr,
      ...(place === undefined ? {} : { place }),
    }
    if (refused.learn(outcome)) continue
    const { instead: _, ...diagnostic } = rejection(outcome)
    return [...keys, diagnostic]
  }
}

const warnings = (stderr: string, name: string): readonly Diagnostic[] =>
  stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({
      code: 'configuration-rejected',
      severity: 'warning',
      object: { kind: 'Configuration', namespace: '', name },
      problem: `nginx warns: ${line}`,
    }))
