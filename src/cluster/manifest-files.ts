import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'

const isManifest = (name: string): boolean => /\.(?:ya?ml|json)$/i.test(name)

/**
 * The manifest files below `dir`, relative to it, in code-unit order of their paths. Names that begin
 * with a dot are left out: editors, git, and the links with which a mounted ConfigMap is exchanged.
 * Links are followed, but not in circles.
 */
export async function manifestFiles(dir: string): Promise<readonly string[]> {
  const found: string[] = []
  async function visit(relative: string, parents: readonly string[]): Promise<void> {
    const path = join(dir, relative)
    const real = await realpath(path)
    if (parents.includes(real)) return
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue
      const child = relative === '' ? entry.name : `${relative}/${entry.name}`
      const target = entry.isSymbolicLink() ? await targetOf(join(dir, child)) : entry
      if (target?.isDirectory()) await visit(child, [...parents, real]).catch(ifThere)
      else if (target?.isFile() && isManifest(entry.name)) found.push(child)
    }
  }
  await visit('', [])
  return found.sort((a, b) => (a < b ? -1 : 1))
}

/** What a link leads to; undefined if nothing is there. */
async function targetOf(path: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  return stat(path).catch(ifThere)
}

/** What was removed while we looked is not there; anything else is an error. */
export function ifThere(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR') return undefined
  throw error
}
