import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { putFallbackCertificate } from './fallback-certificate.ts'
import { writeKeyFiles } from '../../src/nginx/key-files.ts'
import { program } from '../../src/nginx/program.ts'
import { prepare, stateDirAt } from '../../src/nginx/state-dir.ts'
import type { Bundle } from '../../src/render/bundle.ts'
import type { TranslateOptions } from '../../src/translate/translation.ts'
import { freePorts } from './free-ports.ts'
import { nginxes } from './nginx.ts'

/** What is different where a real nginx is to read the result. */
export type Place = Pick<
  TranslateOptions,
  'abilities' | 'httpPort' | 'httpsPort' | 'statusPort' | 'stateDir' | 'workerUser'
>

/** One nginx that is asked for its verdict, with a state directory and free ports. */
export interface Judge {
  readonly version: string
  readonly place: Place
  /** What `nginx -t` says of `bundle`, warnings included; empty if it has nothing against it. */
  complaints(bundle: Bundle): Promise<string>
  close(): Promise<void>
}

/** One for each nginx that Sluice promises to work with. */
export async function judges(): Promise<readonly Judge[]> {
  return Promise.all((await nginxes()).map(({ version, path }) => judge(version, path)))
}

async function judge(version: string, path: string): Promise<Judge> {
  // a blank in it, as in the path of many a home
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice judge-'))
  const state = stateDirAt(stateDir)
  await prepare(state)
  await putFallbackCertificate(stateDir)
  const nginx = program(path)
  const [httpPort = 0, httpsPort = 0, statusPort = 0] = await freePorts(3)
  const place: Place = {
    abilities: await nginx.abilities(stateDir),
    httpPort,
    httpsPort,
    statusPort,
    stateDir,
    // Started by root, nginx would give its directories to a user that may not exist.
    workerUser: process.geteuid?.() === 0 ? 'root' : undefined,
  }
  let count = 0
  return {
    version,
    place,
    complaints: async (bundle) => {
      const dir = join(stateDir, `test-${count++}`)
      await mkdir(dir)
      await writeKeyFiles(state, bundle.keyFiles)
      const conf = join(dir, 'nginx.conf')
      await writeFile(conf, bundle.files.get('nginx.conf') ?? '')
      const { ok, stderr } = await nginx.test(conf)
      if (ok) await rm(dir, { recursive: true })
      return ok || stderr !== '' ? stderr : 'refused without a word'
    },
    close: () => rm(stateDir, { recursive: true }),
  }
}
