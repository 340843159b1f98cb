import { LineCounter, parseAllDocuments } from 'yaml'
import type { Document } from 'yaml'

export interface YamlDocument {
  readonly document: Document.Parsed
  /** Where in the whole text an offset of this document is. */
  readonly placeOf: (offset: number) => Place
}

/** Counted from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/**
 * The documents in `text`, which is YAML or JSON. If any of them is broken, each is read by itself:
 * a quote that nobody closes would take in all documents that follow.
 */
export function yamlDocuments(text: string): readonly YamlDocument[] {
  const all = parsed(text, 0)
  if (all.every(({ document }) => document.errors.length === 0)) return all
  const starts = [0, ...[...text.matchAll(/^---(?=\s|$)/gm)].map(({ index }) => index)]
  let lines = 0
  return starts.flatMap((start, i) => {
    const one = text.slice(start, starts[i + 1])
    const linesBefore = lines
    lines += one.split('\n').length - 1
    return isPreamble(one) ? [] : parsed(one, linesBefore)
  })
}

/** Directives and comments before the first document. */
const isPreamble = (text: string): boolean =>
  text.split('\n').every((line) => /^(?:[%#].*|\s*)$/.test(line))

function parsed(text: string, linesBefore: number): readonly YamlDocument[] {
  const lines = new LineCounter()
  // As kubectl reads YAML: with merge keys.
  const documents = parseAllDocuments(text, { lineCounter: lines, merge: true, logLevel: 'silent' })
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: line + linesBefore, column: col }
  }
  // yaml returns an empty list that is marked as such for a text without documents.
  return ([...documents] as Document.Parsed[]).map((document) => ({ document, placeOf }))
}
