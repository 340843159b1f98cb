import { readdir, unlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { KeyFile } from '../render/bundle.ts'
import { replace, syncDirectory } from './files.ts'
import { accepts, again, isSame } from './processes.ts'
import type { ProcessId } from './processes.ts'
import type { StateDir } from './state-dir.ts'

/** Named by their content, unlike the fallback certificate beside them. */
const contentName = /^[0-9a-f]{16,128}(?:\.[a-z]+)+$/
const atOnce = 16

const folders = ['tls', 'auth'] as const

/** Writes the key files that are not there yet, mode 0600. One that exists is never written again. */
export async function writeKeyFiles(state: StateDir, files: readonly KeyFile[]): Promise<void> {
  for (const file of files)
    if (!isAllowed(file)) throw new Error(`a key file cannot be called ${file.path}`)
  for (const folder of folders) {
    const own = files.filter(({ path }) => path.startsWith(`${folder}/`))
    if (own.length === 0) continue
    const present = new Set(await readdir(state[folder]))
    const missing = own.filter(({ path }) => !present.has(basename(path)))
    for (let i = 0; i < missing.length; i += atOnce)
      await Promise.all(
        missing
          .slice(i, i + atOnce)
          .map(({ path, text }) => replace(join(state.root, path), text())),
      )
    if (missing.length > 0) await syncDirectory(state[folder])
  }
}

const isAllowed = ({ path }: KeyFile): boolean =>
  folders.some((folder) => path === `${folder}/${basename(path)}`) &&
  contentName.test(basename(path))

/**
 * The workers that may still read a key file that no kept bundle needs: those that drained when it fell
 * out of use. A handshake that one of them has begun reads it as late as the client says what it wants.
 */
const readers = new Map<string, readonly ProcessId[]>()

/** The workers that were seen in a state directory, and live: after the death of a master its own drain, too. */
const seen = new Map<string, readonly ProcessId[]>()

/** Removes key files that no bundle in `needed` and no worker can read any more. */
export async function removeKeyFiles(
  state: StateDir,
  needed: ReadonlySet<string>,
  workers: readonly ProcessId[],
): Promise<void> {
  const earlier = (seen.get(state.root) ?? []).filter((one) => !workers.some((w) => isSame(w, one)))
  const living = [...earlier, ...workers].filter((worker) => again(worker) !== undefined)
  seen.set(state.root, living)
  for (const folder of folders)
    for (const name of await readdir(state[folder])) {
      const file = join(state[folder], name)
      if (needed.has(`${folder}/${name}`) || !contentName.test(name)) {
        readers.delete(file)
        continue
      }
      const left = (readers.get(file) ?? living).filter(isDraining)
      readers.set(file, left)
      if (left.length > 0) continue
      await unlink(file)
      readers.delete(file)
    }
}

function isDraining(worker: ProcessId): boolean {
  const now = again(worker)
  return now !== undefined && !accepts(now)
}
