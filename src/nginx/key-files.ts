import { readdir, unlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { KeyFile } from '../render/bundle.ts'
import { replace, syncDirectory } from './files.ts'
import { again } from './processes.ts'
import type { ProcessId } from './processes.ts'
import type { StateDir } from './state-dir.ts'

/** Named by their content, unlike the fallback certificate beside them. */
const contentName = /^[0-9a-f]{16,128}(?:\.[a-z]+)+$/
const atOnce = 16

/** Writes the key files that are not there yet, mode 0600. One that exists is never written again. */
export async function writeKeyFiles(state: StateDir, files: readonly KeyFile[]): Promise<void> {
  const present = new Set(await readdir(state.tls))
  const missing = files.filter(({ path }) => !present.has(basename(path)))
  for (let i = 0; i < missing.length; i += atOnce)
    await Promise.all(missing.slice(i, i + atOnce).map((file) => writeKeyFile(state, file)))
  if (missing.length > 0) await syncDirectory(state.tls)
}

async function writeKeyFile(state: StateDir, { path, pem }: KeyFile): Promise<void> {
  const name = basename(path)
  if (path !== `tls/${name}` || !contentName.test(name))
    throw new Error(`a key file cannot be called ${path}`)
  await replace(join(state.tls, name), pem())
}

/** Who may still read a key file that no kept bundle needs: the workers that lived when it fell out of use. */
const readers = new Map<string, readonly ProcessId[]>()

/** Removes key files that no bundle in `needed` and no worker can read any more. */
export async function removeKeyFiles(
  state: StateDir,
  needed: ReadonlySet<string>,
  workers: readonly ProcessId[],
): Promise<void> {
  for (const name of await readdir(state.tls)) {
    const file = join(state.tls, name)
    if (needed.has(`tls/${name}`) || !contentName.test(name)) {
      readers.delete(file)
      continue
    }
    const left = (readers.get(file) ?? workers).filter((worker) => again(worker) !== undefined)
    readers.set(file, left)
    if (left.length > 0) continue
    await unlink(file)
    readers.delete(file)
  }
}
