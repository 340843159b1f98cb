import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Diagnostic } from '../diagnostics.ts'
import type { KubernetesObject } from '../objects/kinds.ts'
import { keyOf } from '../objects/meta.ts'
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
 * The manifests below a folder. A file is read when it was written. An object that became invalid keeps
 * its last good version, and as long as a part of a file cannot be read, so do those that it held.
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
  const byName = new Map(before.objects.map((object) => [nameOf(object), object]))
  const objects = content.objects.map((object) => {
    const earlier = byName.get(nameOf(object))
    return earlier !== undefined && isSame(earlier, object) ? earlier : object
  })

  const present = new Set(objects.map(nameOf))
  const kept = new Set<KubernetesObject>()
  const diagnostics = content.diagnostics.map((each) => {
    const lastGood = aboutWhom(each).flatMap((name) =>
      present.has(name) ? [] : (byName.get(name) ?? []),
    )
    for (const object of lastGood) kept.add(object)
    return lastGood.length === 0 ? each : { ...each, instead: 'its last good version counts' }
  })
  if (content.isWhole) return { ...content, objects: [...objects, ...kept], diagnostics }

  // Which of them the broken part describes cannot be known.
  for (const [name, object] of byName) if (!present.has(name)) kept.add(object)
  return {
    ...content,
    objects: [...objects, ...kept],
    diagnostics: diagnostics.map((each) =>
      kept.size > 0 && each.code === 'file-unreadable'
        ? { ...each, instead: 'its last good content counts' }
        : each,
    ),
    count: Math.max(content.count, before.count),
  }
}

const nameOf = (object: KubernetesObject): string => `${object.kind} ${keyOf(object)}`

/** The names that the object may have of which the Diagnostic speaks. */
const aboutWhom = ({ object: { kind, namespace, name } }: Diagnostic): readonly string[] =>
  (namespace === '' ? ['', 'default'] : [namespace]).map(
    (each) => `${kind} ${keyOf({ namespace: each, name })}`,
  )

/** Equal in content and in place. */
const isSame = (a: KubernetesObject, b: KubernetesObject): boolean =>
  a.order === b.order && a.source === b.source && isSameContent(a, b)

/** Undefined where there is no file. */
async function stampOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(ifThere)
  return found === undefined
    ? undefined
    : `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`
}
