import { execFile } from 'node:child_process'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The releases that Sluice promises to work with: Debian 12's and the present stable one. */
export const nginxReleases = ['1.22', '1.30'] as const

export interface NginxProgram {
  /** As the program says it: `1.30.6`. */
  readonly version: string
  readonly path: string
}

/**
 * The nginx programs that tests run on, oldest first: what SLUICE_TEST_NGINX names (`path[:path…]`),
 * else both releases, fetched into the cache by `scripts/nginx` where the machine has none.
 */
export async function nginxes(): Promise<NginxProgram[]> {
  found ??= findNginxes()
  return found
}

let found: Promise<NginxProgram[]> | undefined

async function findNginxes(): Promise<NginxProgram[]> {
  const named = process.env['SLUICE_TEST_NGINX']?.split(delimiter).filter((path) => path !== '')
  const paths = named ?? (await Promise.all(nginxReleases.map(pathOf)))
  return Promise.all(paths.map(async (path) => ({ version: await versionOf(path), path })))
}

async function pathOf(release: string): Promise<string> {
  const script = fileURLToPath(new URL('../../scripts/nginx', import.meta.url))
  const { stdout } = await run('sh', [script, release])
  return stdout.trim()
}

async function versionOf(path: string): Promise<string> {
  const { stderr } = await run(path, ['-v'])
  const version = /nginx\/([\d.]+)/.exec(stderr)?.[1]
  if (version === undefined) throw new Error(`${path} -v names no version: ${stderr.trim()}`)
  return version
}
