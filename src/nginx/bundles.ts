import { mkdir, readFile, readdir, readlink, rename, rm, stat, utimes } from 'node:fs/promises'
import { basename, dirname, join, normalize } from 'node:path'
import type { Bundle } from '../render/bundle.ts'
import { create, pointTo, removeWhole, syncDirectory, temporaryBeside } from './files.ts'
import type { StateDir } from './state-dir.ts'

// The list of key files that a bundle needs, beside its files.
const keyList = '.key-files'

export function bundleDir({ bundles }: StateDir, digest: string): string {
  if (!/^[0-9a-f]{16,128}$/.test(digest)) throw new Error('the digest of a bundle is not hex')
  return join(bundles, digest)
}

/** Writes a bundle under its digest; a directory of that name is always complete. */
export async function writeBundle(state: StateDir, bundle: Bundle): Promise<'new' | 'kept'> {
  const dir = bundleDir(state, bundle.digest)
  if (await exists(dir)) return 'kept'
  const next = temporaryBeside(dir)
  try {
    await mkdir(next, { mode: 0o700 })
    for (const [path, text] of bundle.files) {
      if (normalize(path) !== path || /^\.|^\//.test(path))
        throw new Error(`a bundle cannot have a file ${path}`)
      await mkdir(dirname(join(next, path)), { recursive: true, mode: 0o700 })
      await create(join(next, path), text)
    }
    const keys = bundle.keyFiles.map(({ path }) => `${path}\n`)
    await create(join(next, keyList), keys.join(''))
    await syncDirectory(next)
    await rename(next, dir)
    await syncDirectory(state.bundles)
  } catch (error) {
    await rm(next, { recursive: true, force: true })
    throw error
  }
  return 'new'
}

/** The digest of the bundle that nginx reads when it starts; undefined where it would find none. */
export async function currentDigest({ current, conf }: StateDir): Promise<string | undefined> {
  try {
    await stat(conf)
    return basename(await readlink(current))
  } catch {
    return undefined
  }
}

export async function makeCurrent(state: StateDir, digest: string): Promise<void> {
  const dir = bundleDir(state, digest)
  const now = new Date()
  await utimes(dir, now, now)
  await pointTo(state.current, join('bundles', digest))
}

/** Moves a refused bundle to where it is kept for a person to read, instead of the one before. */
export async function setAside(state: StateDir, digest: string): Promise<void> {
  if (await exists(state.rejected)) await removeWhole(state.rejected)
  await rename(bundleDir(state, digest), state.rejected)
}

/** Keeps the bundles that were current last, and tells which key files those need. */
export async function keepNewest(state: StateDir, count: number): Promise<Set<string>> {
  const current = await currentDigest(state)
  const aged = await Promise.all(
    (await readdir(state.bundles)).map(async (digest) => {
      const { mtimeMs } = await stat(join(state.bundles, digest))
      return { digest, age: digest === current ? -Infinity : -mtimeMs }
    }),
  )
  aged.sort((a, b) => a.age - b.age)
  for (const { digest } of aged.slice(count)) await removeWhole(join(state.bundles, digest))
  const lists = aged.slice(0, count).map(({ digest }) => join(state.bundles, digest, keyList))
  const texts = await Promise.all(lists.map((list) => readFile(list, 'utf8')))
  return new Set(texts.flatMap((text) => text.split('\n')).filter((path) => path !== ''))
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
