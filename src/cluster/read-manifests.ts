import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { text as textOfStream } from 'node:stream/consumers'
import type { Diagnostic } from '../diagnostics.ts'
import { errorText } from '../log.ts'
import type { KubernetesObject } from '../objects/kinds.ts'
import { withoutDuplicates } from './duplicates.ts'
import { manifestFiles } from './manifest-files.ts'
import { parseManifests, unreadableFile } from './parse-manifests.ts'
import type { Manifests } from './parse-manifests.ts'

export { parseManifests }

/**
 * The objects in `paths`: files, folders with everything below them, and `-` for standard input. What
 * comes first counts as older. What cannot be read is a Diagnostic.
 */
export async function readManifests(paths: readonly string[]): Promise<{
  readonly objects: readonly KubernetesObject[]
  readonly diagnostics: readonly Diagnostic[]
}> {
  const objects: KubernetesObject[] = []
  const diagnostics: Diagnostic[] = []
  let order = 0
  for (const path of paths) {
    for await (const manifests of readPath(path, () => order)) {
      objects.push(...manifests.objects)
      diagnostics.push(...manifests.diagnostics)
      order += manifests.count
    }
  }
  const unique = withoutDuplicates(objects)
  return { objects: unique.objects, diagnostics: [...diagnostics, ...unique.diagnostics] }
}

async function* readPath(path: string, order: () => number): AsyncGenerator<Manifests> {
  if (path === '-') {
    yield parseManifests(await textOfStream(process.stdin), 'stdin', order())
    return
  }
  try {
    const isFolder = (await stat(path)).isDirectory()
    const files = isFolder ? (await manifestFiles(path)).map((file) => join(path, file)) : [path]
    for (const file of files) yield await readManifestFile(file, file, order())
  } catch (error) {
    yield unreadableFile(path, errorText(error))
  }
}

/** The file at `path`, called `name` in what is said about it. */
export async function readManifestFile(
  path: string,
  name: string,
  order: number,
): Promise<Manifests> {
  try {
    return parseManifests(await readFile(path, 'utf8'), name, order)
  } catch (error) {
    return unreadableFile(name, errorText(error))
  }
}
