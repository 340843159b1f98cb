import { isMap, isSeq } from 'yaml'
import type { Node } from 'yaml'
import { nearest, preview } from '../diagnostics.ts'
import type { Diagnostic } from '../diagnostics.ts'
import { apiVersions, decode, isKind } from '../objects/decode.ts'
import type { Kind, KubernetesObject } from '../objects/kinds.ts'
import { fieldsOf, textOf } from './raw.ts'
import { yamlDocuments } from './yaml-documents.ts'
import type { Place, YamlDocument } from './yaml-documents.ts'

export interface Manifests {
  readonly objects: readonly KubernetesObject[]
  readonly diagnostics: readonly Diagnostic[]
  /** How many documents there are, those that are not for Sluice included. */
  readonly count: number
  /** Of every document it is known which object it describes. */
  readonly isWhole: boolean
}

/** One document, or one item of a List. */
interface Entry {
  readonly raw: unknown
  readonly at: Place
}

/**
 * The objects in `text`, YAML or JSON. Documents are counted from `firstOrder` on. Kinds that Sluice
 * does not read are left out; a document that cannot be read is a Diagnostic, and so is an object
 * that is not what its kind promises.
 */
export function parseManifests(text: string, path: string, firstOrder: number): Manifests {
  const objects: KubernetesObject[] = []
  const diagnostics: Diagnostic[] = []
  let count = 0
  let isWhole = true
  for (const document of yamlDocuments(text)) {
    const entries = entriesOf(document)
    if ('problem' in entries) {
      diagnostics.push(unreadable(path, entries.problem, entries.at))
      isWhole = false
      count++
      continue
    }
    for (const { raw, at } of entries) {
      const source = `${path}:${at.line}`
      const read = isObject(raw)
        ? readEntry(raw, { order: firstOrder + count, source })
        : { diagnostics: [unreadable(path, noObject, at)] }
      if (read !== undefined && 'object' in read) objects.push(read.object)
      else if (read !== undefined) {
        diagnostics.push(...read.diagnostics)
        if (nameOf(raw) === '') isWhole = false
      }
      count++
    }
  }
  return { objects, diagnostics, count, isWhole }
}

/** What there is of a file that cannot be read at all. */
export function unreadableFile(path: string, problem: string): Manifests {
  return { objects: [], diagnostics: [unreadable(path, problem)], count: 0, isWhole: false }
}

/** `at` is where the document is broken; without it: the file. */
function unreadable(path: string, problem: string, at?: Place): Diagnostic {
  return {
    code: 'file-unreadable',
    severity: 'error',
    object: {
      kind: 'File',
      namespace: '',
      name: path,
      ...(at === undefined ? {} : { source: `line ${at.line}, column ${at.column}` }),
    },
    problem,
    instead: at === undefined ? 'the file is ignored' : 'the document is ignored',
  }
}

interface Broken {
  readonly problem: string
  readonly at: Place
}

function entriesOf({ document, placeOf }: YamlDocument): readonly Entry[] | Broken {
  const { contents, errors } = document
  const [error] = errors
  if (error !== undefined) return { problem: firstLineOf(error.message), at: placeOf(error.pos[0]) }
  if (contents === null) return []
  let raw: unknown
  try {
    raw = document.toJS()
  } catch (thrown) {
    // An alias of nothing, or aliases that multiply.
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return { problem: firstLineOf(message), at: placeOf(contents.range[0]) }
  }
  if (raw === null) return []
  const placeOfNode = (node: Node | null | undefined): Place =>
    placeOf(node?.range?.[0] ?? contents.range[0])

  const { kind, apiVersion, items } = fieldsOf(raw)
  const itemKind = itemKindOf(kind, apiVersion)
  if (itemKind === undefined || !Array.isArray(items)) return [{ raw, at: placeOfNode(contents) }]
  const nodes = isMap(contents) ? contents.get('items', true) : undefined
  return items.map((item: unknown, index): Entry => {
    const node = isSeq(nodes) ? (nodes.items[index] as Node) : undefined
    // The items of an IngressList need not say that they are Ingresses.
    const implied = itemKind === '' ? {} : { apiVersion, kind: itemKind }
    return { raw: isMapping(item) ? { ...implied, ...item } : item, at: placeOfNode(node) }
  })
}

const noObject = 'expected a Kubernetes object with apiVersion and kind'

const isMapping = (raw: unknown): raw is object =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw)

const isObject = (raw: unknown): boolean => textOf(fieldsOf(raw)['kind']) !== ''

const nameOf = (raw: unknown): string => textOf(fieldsOf(fieldsOf(raw)['metadata'])['name'])

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
  const { namespace } = fieldsOf(metadata)
  const refuse = (of: Kind, field: string, problem: string): ReturnType<typeof decode> => ({
    diagnostics: [
      {
        code: 'object-invalid',
        severity: 'error',
        object: {
          kind: of,
          namespace: textOf(namespace),
          name: nameOf(raw) || '(no name)',
          source: provenance.source,
        },
        field,
        problem,
        instead: 'the object is ignored',
      },
    ],
  })
  if (!isKind(kind)) {
    const meant = misspelt(textOf(kind), apiVersion)
    return meant === undefined
      ? undefined
      : refuse(meant, 'kind', `expected ${meant}, got ${preview(textOf(kind))}`)
  }
  const expected = apiVersions[kind]
  if (apiVersion === expected) return decode(kind, raw, provenance)
  // Other groups have kinds of the same name, which are none of ours: Knative's Service, say.
  if (isForeignGroup(groupOf(textOf(apiVersion)), groupOf(expected))) return undefined
  const found = typeof apiVersion === 'string' ? preview(apiVersion) : 'nothing'
  return refuse(kind, 'apiVersion', `expected ${expected}, got ${found}`)
}

const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''

/** `extensions` is where Ingress began. A group that is spelt nearly as ours is no other's. */
const isForeignGroup = (group: string, expected: string): boolean =>
  group !== '' &&
  group !== 'extensions' &&
  group !== expected &&
  nearest(group, [expected]) === undefined

/** The kind that `kind` is nearly spelt as, in an API that has it. */
function misspelt(kind: string, apiVersion: unknown): Kind | undefined {
  const meant = nearest(kind, Object.keys(apiVersions))
  return isKind(meant) && apiVersions[meant] === apiVersion ? meant : undefined
}

/** The library's messages go on with an excerpt of the file. */
const firstLineOf = (message: string): string =>
  (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '')
