import { randomBytes } from 'node:crypto'
import { constants, writeFile } from 'node:fs'
import { lstat, mkdir, mkdtemp, open, readdir, rename, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** What is being made or removed is called so; what still is after a crash, nobody needs. */
const temporary = '.tmp-'

export const temporaryBeside = (path: string): string =>
  join(dirname(path), `${temporary}${basename(path)}-${randomBytes(6).toString('hex')}`)

/** A new directory for what is needed for a moment. */
export async function temporaryDirectory(name: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), `${name}-`))
  } catch (cause) {
    throw new Error(
      `cannot write to ${tmpdir()}; name another directory in TMPDIR, or mount a volume there`,
      { cause },
    )
  }
}

// Of callbacks, which costs half of what handles cost: there is a file for each certificate.
const write = promisify(writeFile)

/** Creates a file that did not exist, not even as a link, and returns once it is on the disk. */
export async function create(path: string, text: string): Promise<void> {
  await write(path, text, { flag: 'wx', mode: 0o600, flush: true })
}

/** Puts a whole file in the place of an older one or of none: readers see the one or the other. */
export async function replace(path: string, text: string): Promise<void> {
  await replaceWith(path, (next) => create(next, text))
}

/** Moves a symbolic link in one step. */
export async function pointTo(path: string, target: string): Promise<void> {
  await replaceWith(path, (next) => symlink(target, next))
  await syncDirectory(dirname(path))
}

async function replaceWith(path: string, make: (next: string) => Promise<void>): Promise<void> {
  const next = temporaryBeside(path)
  try {
    await make(next)
    await rename(next, path)
  } catch (error) {
    await rm(next, { force: true })
    throw error
  }
}

/** Removes a directory so that a crash leaves it whole or under a temporary name. */
export async function removeWhole(path: string): Promise<void> {
  const doomed = temporaryBeside(path)
  await rename(path, doomed)
  await rm(doomed, { recursive: true, force: true })
}

export async function removeLeftovers(dir: string): Promise<void> {
  for (const entry of await readdir(dir))
    if (entry.startsWith(temporary)) await rm(join(dir, entry), { recursive: true, force: true })
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** A directory that only we can enter. One that somebody else put there is refused. */
export async function ownDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const found = await lstat(path)
  if (!found.isDirectory() || found.uid !== process.geteuid?.())
    throw new Error(`${path} is not a directory of user ${process.geteuid?.()}`)
}
