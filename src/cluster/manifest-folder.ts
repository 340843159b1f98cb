import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Diagnostic } from '../diagnostics.ts'
import type { KubernetesObject } from '../objects/kinds.ts'
import { withoutDuplicates } from './duplicates.ts'
import { ifThere, manifestFiles } from './manifest-files.ts'
import type { Manifests } from './parse-manifests.ts'
import { readManifestFile } from './read-manifests.ts'
import { isSameContent } from './same-content.ts'

/** What a folder of manifests says. */
export interface FolderContent {
  readonly objects: readonly KubernetesObject[]
  readonly diagnostics: readonly Diagnostic[]
  /** A file vanished or became empty just now: look again after this time. */
  readonly lookAgainMs: number | undefined
}

interface KnownFile {
  /** Tells whether the file was written since it was read. */
  readonly stamp: string
  readonly order: number
  readonly content: Manifests
  /** Since when the file is gone or empty. */
  readonly doubtedSince?: number
}

/** Editors replace a file by removing it, or empty it before they write. */
const doubtMs = 120

/**
 * The manifests below a folder. A file is read when it was written; one that cannot be parsed keeps
 * its last good content, and so does an object that became invalid.
 */
export class ManifestFolder {
  readonly #dir: string
  #files: ReadonlyMap<string, KnownFile> = new Map()

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Looks at every file. Rejects, and changes nothing, where the folder cannot be read. */
  async read(): Promise<FolderContent> {
    const present = await manifestFiles(this.#dir)
    const paths = [...new Set([...present, ...this.#files.keys()])].sort((a, b) => (a < b ? -1 : 1))
    const files = new Map<string, KnownFile>()
    let order = 0
    for (const path of paths) {
      const file = await this.#look(path, order, this.#files.get(path))
      if (file === undefined) continue
      files.set(path, file)
      order += file.content.count
    }
    this.#files = files

    const contents = [...files.values()].map(({ content }) => content)
    const unique = withoutDuplicates(contents.flatMap(({ objects }) => objects))
    const isDoubtful = [...files.values()].some(({ doubtedSince }) => doubtedSince !== undefined)
    return {
      objects: unique.objects,
      diagnostics: [...contents.flatMap(({ diagnostics }) => diagnostics), ...unique.diagnostics],
      lookAgainMs: isDoubtful ? doubtMs : undefined,
    }
  }

  async #look(
    path: string,
    order: number,
    known: KnownFile | undefined,
  ): Promise<KnownFile | undefined> {
    const stamp = await stampOf(join(this.#dir, path))
    if (known !== undefined && stamp === known.stamp) return moved(believed(known), order)
    if (stamp === undefined) {
      return known !== undefined && isDoubted(known) ? moved(doubt(known), order) : undefined
    }
    const content = await readManifestFile(join(this.#dir, path), path, order)
    const isEmptied =
      content.count === 0 && content.diagnostics.length === 0 && (known?.content.count ?? 0) > 0
    if (known !== undefined && isEmptied && isDoubted(known)) return moved(doubt(known), order)
    return {
      stamp,
      order,
      content: known === undefined ? content : following(known, content, order),
    }
  }
}

/** Whether what a file was still counts although the file is gone or empty: for a moment. */
const isDoubted = ({ doubtedSince }: KnownFile): boolean =>
  doubtedSince === undefined || performance.now() - doubtedSince < doubtMs

const believed = ({ doubtedSince: _doubtedSince, ...file }: KnownFile): KnownFile => file
const doubt = (file: KnownFile): KnownFile => ({ doubtedSince: performance.now(), ...file })

/** The same file, now that the files before it have more or fewer documents. */
function moved(file: KnownFile, order: number): KnownFile {
  if (file.order === order) return file
  const { content } = file
  const by = order - file.order
  const objects = content.objects.map((object) => ({ ...object, order: object.order + by }))
  return { ...file, order, content: { ...content, objects } }
}

/** What a file says after it was `known` to say something else. */
function following(known: KnownFile, content: Manifests, order: number): Manifests {
  const before = moved(known, order).content
  const [diagnostic] = content.diagnostics
  if (diagnostic?.code === 'file-unreadable') {
    if (before.objects.length === 0) return content
    const diagnostics = [{ ...diagnostic, instead: 'its last good content counts' }]
    return { ...before, diagnostics }
  }
  const kept = new Set<KubernetesObject>()
  const diagnostics = content.diagnostics.map((each) => {
    const lastGood = before.objects.find((object) => isAbout(each, object))
    if (lastGood === undefined) return each
    kept.add(lastGood)
    return { ...each, instead: 'its last good version counts' }
  })
  const objects = content.objects.map((object) => sameOf(object, before.objects) ?? object)
  return { ...content, objects: [...objects, ...kept], diagnostics }
}

function isAbout({ object: ref }: Diagnostic, object: KubernetesObject): boolean {
  if (ref.kind !== object.kind || ref.name !== object.name) return false
  return (
    ref.namespace === object.namespace || (ref.namespace === '' && object.namespace === 'default')
  )
}

/** The object of `before` that `object` is equal to, in content and in place. */
const sameOf = (
  object: KubernetesObject,
  before: readonly KubernetesObject[],
): KubernetesObject | undefined =>
  before.find(
    (each) =>
      each.order === object.order && each.source === object.source && isSameContent(each, object),
  )

/** Undefined where there is no file. */
async function stampOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(ifThere)
  return found === undefined
    ? undefined
    : `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`
}
