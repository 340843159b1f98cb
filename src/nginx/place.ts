import type { Bundle } from '../render/bundle.ts'

/** What nginx complains about, found again in the bundle. */
export interface Place {
  /** Of the bundle's file; counted from 1. */
  readonly line: number
  readonly text: string
  /** As the comment above it says: `Ingress shop/web`. */
  readonly object?: string
  /** As the comment behind it, or behind the block around it, says: the annotation or the key of the ConfigMap. */
  readonly field?: string
}

/** The keys of the ConfigMap that asked for the line; those of no tenant. */
export const keysAt = ({ object = 'Sluice', field }: Place): readonly string[] =>
  object.startsWith('Sluice') ? (field?.split(', ') ?? []) : []

/** What `stderr` complains of, in one line: nginx warns of other things first. */
export function complaintOf(stderr: string): string {
  const lines = stderr.trim().split('\n')
  return lines.find(isSerious) ?? lines.findLast((line) => !isWarning(line)) ?? lines[0] ?? ''
}

const isSerious = (line: string): boolean => /^\[(?:emerg|alert|crit)\]/.test(line)
const isWarning = (line: string): boolean => /^\[(?:warn|notice|info|debug)\]/.test(line)

/** Where in `bundle` the first complaint of `stderr` that names a place lies; a warning only if there is nothing worse. */
export function placeOf(stderr: string, bundle: Bundle): Place | undefined {
  const complaints = stderr.split('\n')
  const serious = complaints.filter(isSerious)
  for (const complaint of serious.length > 0 ? serious : complaints) {
    const place =
      numberedPlace(complaint, bundle) ??
      namedPlace(complaint, bundle) ??
      placeOfVariable(complaint, bundle)
    if (place !== undefined) return place
  }
  return undefined
}

function numberedPlace(complaint: string, bundle: Bundle): Place | undefined {
  const [, path, number] = / in (\/.+):(\d+)$/.exec(complaint) ?? []
  if (path === undefined) return undefined
  for (const [name, text] of bundle.files)
    if (path.endsWith(`/${name}`)) return placeAt(text, Number(number))
  return undefined
}

// A file that cannot be loaded is named without the line that names it.
function namedPlace(complaint: string, bundle: Bundle): Place | undefined {
  const path = /"(\/[^"]+)"/.exec(complaint)?.[1]
  if (path === undefined) return undefined
  const escaped = path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  // it may be the beginning or the end of another one
  const whole = new RegExp(`(?<![\\w.-])${escaped}(?![\\w./-])`)
  for (const text of bundle.files.values()) {
    const index = text.search(whole)
    if (index >= 0) return placeAt(text, text.slice(0, index).split('\n').length)
  }
  return undefined
}

// So is a variable that nginx does not have.
function placeOfVariable(complaint: string, bundle: Bundle): Place | undefined {
  const name = /unknown "(\w+)" variable/.exec(complaint)?.[1]
  if (name === undefined) return undefined
  const use = new RegExp(`\\$(?:${name}\\b|\\{${name}\\})`)
  for (const text of bundle.files.values()) {
    const line = text.split('\n').findIndex((each) => use.test(each))
    if (line >= 0) return placeAt(text, line + 1)
  }
  return undefined
}

function placeAt(text: string, line: number): Place | undefined {
  const lines = text.split('\n')
  const found = lines[line - 1]
  if (found === undefined) return undefined
  const field = fieldBehind(found)
  const own = around(lines, line - 1)
  const object = own.object ?? userOf(lines, line - 1)
  return {
    line,
    text: found.trim(),
    ...own,
    ...(object === undefined ? {} : { object }),
    ...(field === undefined ? {} : { field }),
  }
}

/** What first uses the variable or the zone that the line, or the block around it, defines for others. */
function userOf(lines: readonly string[], index: number): string | undefined {
  const depth = depthOf(lines[index])
  const block = lines.findLastIndex((line, i) => i < index && depthOf(line) < depth)
  for (const at of [index, block]) {
    const [, variable, zone] = /(\$\w+) \{(?: #|$)| zone=(\w+):/.exec(lines[at] ?? '') ?? []
    if (variable === undefined && zone === undefined) continue
    const use = new RegExp(variable === undefined ? `zone=${zone}(?![\\w:])` : `\\${variable}\\b`)
    for (const [i, line] of lines.entries()) {
      const { object } = use.test(line) && i !== at ? around(lines, i) : {}
      if (object !== undefined) return object
    }
  }
  return undefined
}

const depthOf = (line = ''): number => line.length - line.trimStart().length

/** A quoted word ends before the end of its line, so what follows the last `;` or `{` is a comment. */
const fieldBehind = (line = ''): string | undefined =>
  /[;{] # ([a-z0-9-]+(?:, [a-z0-9-]+)*)$/.exec(line)?.[1]

const origin = /^\s*# ((?:Ingress|Service|Secret|ConfigMap|URL|Sluice)(?: .*)?)$/

/** The nearest comment above that names an object and belongs to a block around the line, and the field behind such a block. */
function around(lines: readonly string[], index: number): Pick<Place, 'object' | 'field'> {
  /** How many blocks that ended before the line are still open, read upwards. */
  let closed = 0
  /** Directly above the start of a block that ended: a comment here speaks of that block. */
  let isOfSibling = false
  let found: Pick<Place, 'field'> = {}
  for (let i = index - 1; i >= 0; i--) {
    const line = lines[i] ?? ''
    const object = origin.exec(line)?.[1]
    if (line.trim().startsWith('#')) {
      if (object !== undefined && closed === 0 && !isOfSibling) return { ...found, object }
      continue
    }
    isOfSibling = false
    const field = fieldBehind(line)
    const bare = line.replaceAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, '')
    for (const brace of bare.replaceAll(/[^{}]/g, '').split('').toReversed()) {
      if (brace === '}') closed++
      else if (closed > 0) isOfSibling = --closed === 0
      else if (field !== undefined) found = { field, ...found }
    }
  }
  return found
}
