import { isMap, isSeq, LineCounter, parseAllDocuments } from 'yaml'
import type { Document, Node } from 'yaml'
import { preview } from '../diagnostics.ts'
import type { Diagnostic } from '../diagnostics.ts'
import { apiVersions, decode, isKind } from '../objects/decode.ts'
import type { KubernetesObject } from '../objects/kinds.ts'
import { fieldsOf, textOf } from './raw.ts'

export interface Manifests {
  readonly objects: readonly KubernetesObject[]
  readonly diagnostics: readonly Diagnostic[]
  /** How many documents there are, those that are not for Sluice included. */
  readonly count: number
}

/** One document, or one item of a List. */
interface Entry {
  readonly raw: unknown
  readonly line: number
}

/**
 * The objects in `text`, YAML or JSON. Documents are counted from `firstOrder` on. Kinds that Sluice
 * does not read are left out; a text that cannot be parsed has no objects and one Diagnostic,
 * `file-unreadable`.
 */
export function parseManifests(text: string, path: string, firstOrder: number): Manifests {
  const lines = new LineCounter()
  // As kubectl reads YAML: with merge keys.
  const documents = parseAllDocuments(text, { lineCounter: lines, merge: true, logLevel: 'silent' })
  const objects: KubernetesObject[] = []
  const diagnostics: Diagnostic[] = []
  let count = 0
  // yaml returns an empty list that is marked as such for a text without documents.
  for (const document of [...documents] as Document.Parsed[]) {
    const [error] = document.errors
    if (error !== undefined) {
      const { line, col } = error.linePos?.[0] ?? { line: 1, col: 1 }
      return unreadable(path, `line ${line}, column ${col}: ${firstLineOf(error.message)}`)
    }
    let entries: readonly Entry[]
    try {
      entries = entriesOf(document, lines)
    } catch (error) {
      // An alias of nothing, or aliases that multiply.
      const message = error instanceof Error ? error.message : String(error)
      const { line, col } = lines.linePos(document.contents?.range[0] ?? 0)
      return unreadable(path, `line ${line}, column ${col}: ${firstLineOf(message)}`)
    }
    for (const { raw, line } of entries) {
      const read = readEntry(raw, { order: firstOrder + count, source: `${path}:${line}` })
      if (read !== undefined && 'object' in read) objects.push(read.object)
      else if (read !== undefined) diagnostics.push(...read.diagnostics)
      count++
    }
  }
  return { objects, diagnostics, count }
}

/** A Diagnostic for a file that cannot be used at all, as the only result. */
export function unreadable(path: string, problem: string): Manifests {
  const diagnostic: Diagnostic = {
    code: 'file-unreadable',
    severity: 'error',
    object: { kind: 'File', namespace: '', name: path },
    problem,
    instead: 'the file is ignored',
  }
  return { objects: [], diagnostics: [diagnostic], count: 0 }
}

function entriesOf(document: Document.Parsed, lines: LineCounter): readonly Entry[] {
  const { contents } = document
  if (contents === null) return []
  const raw: unknown = document.toJS()
  if (raw === null) return []
  const lineOf = (node: Node | null | undefined): number =>
    lines.linePos(node?.range?.[0] ?? contents.range[0]).line

  const { kind, apiVersion, items } = fieldsOf(raw)
  const itemKind = itemKindOf(kind, apiVersion)
  if (itemKind === undefined || !Array.isArray(items)) return [{ raw, line: lineOf(contents) }]
  const nodes = isMap(contents) ? contents.get('items', true) : undefined
  return items.map((item: unknown, index): Entry => {
    const node = isSeq(nodes) ? (nodes.items[index] as Node) : undefined
    // The items of an IngressList need not say that they are Ingresses.
    const implied = itemKind === '' ? {} : { apiVersion, kind: itemKind }
    const isObject = typeof item === 'object' && item !== null
    return { raw: isObject ? { ...implied, ...item } : item, line: lineOf(node) }
  })
}

/** `Ingress` for an IngressList, empty for a List of anything, undefined for what is no list. */
function itemKindOf(kind: unknown, apiVersion: unknown): string | undefined {
  if (kind === 'List' && apiVersion === 'v1') return ''
  const itemKind = textOf(kind).replace(/List$/, '')
  return itemKind !== kind && isKind(itemKind) ? itemKind : undefined
}

function readEntry(
  raw: unknown,
  provenance: { readonly order: number; readonly source: string },
): ReturnType<typeof decode> | undefined {
  const { kind, apiVersion, metadata } = fieldsOf(raw)
  const { name, namespace } = fieldsOf(metadata)
  const refuse = (field: string, problem: string): ReturnType<typeof decode> => ({
    diagnostics: [
      {
        code: 'object-invalid',
        severity: 'error',
        object: {
          kind: textOf(kind) || 'Document',
          namespace: textOf(namespace),
          name: textOf(name) || '(no name)',
          source: provenance.source,
        },
        field,
        problem,
        instead: 'the object is ignored',
      },
    ],
  })
  if (typeof kind !== 'string' || kind === '')
    return refuse('kind', 'expected a Kubernetes object with apiVersion and kind')
  if (!isKind(kind)) return undefined
  const expected = apiVersions[kind]
  if (apiVersion === expected) return decode(kind, raw, provenance)
  // Other groups have kinds of the same name, which are none of ours: Knative's Service, say.
  if (isForeignGroup(groupOf(textOf(apiVersion)), groupOf(expected))) return undefined
  const found = typeof apiVersion === 'string' ? preview(apiVersion) : 'nothing'
  return refuse('apiVersion', `expected ${expected}, got ${found}`)
}

const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''

/** `extensions` is where Ingress began. */
const isForeignGroup = (group: string, expected: string): boolean =>
  group !== '' && group !== expected && group !== 'extensions'

/** The library's messages go on with an excerpt of the file. */
const firstLineOf = (message: string): string =>
  (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '')
