import type { Bundle } from '../render/bundle.ts'

/** What nginx complains about, found again in the bundle. */
export interface Place {
  /** Of the bundle's file; counted from 1. */
  readonly line: number
  readonly text: string
  /** As the comment above it says: `Ingress shop/web`. */
  readonly object?: string
}

/** Where in `bundle` the first complaint of `stderr` that names a place lies. */
export function placeOf(stderr: string, bundle: Bundle): Place | undefined {
  const complaints = stderr.split('\n')
  const serious = complaints.filter((line) => /^\[(?:emerg|alert|crit)\]/.test(line))
  for (const complaint of [...serious, ...complaints]) {
    const place = numberedPlace(complaint, bundle) ?? namedPlace(complaint, bundle)
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
  for (const text of bundle.files.values()) {
    const index = text.indexOf(path)
    if (index >= 0) return placeAt(text, text.slice(0, index).split('\n').length)
  }
  return undefined
}

function placeAt(text: string, line: number): Place | undefined {
  const lines = text.split('\n')
  const found = lines[line - 1]
  if (found === undefined) return undefined
  const object = objectAbove(lines, line - 1)
  return { line, text: found.trim(), ...(object === undefined ? {} : { object }) }
}

const origin = /^\s*# ((?:Ingress|Service|Secret|ConfigMap|Sluice)(?: .*)?)$/

/** The nearest comment above that names an object and belongs to a block around the line. */
function objectAbove(lines: readonly string[], index: number): string | undefined {
  /** How many blocks that ended before the line are still open, read upwards. */
  let closed = 0
  /** Directly above the start of a block that ended: a comment here speaks of that block. */
  let isOfSibling = false
  for (let i = index - 1; i >= 0; i--) {
    const line = lines[i] ?? ''
    const comment = origin.exec(line)?.[1]
    if (line.trim().startsWith('#')) {
      if (comment !== undefined && closed === 0 && !isOfSibling) return comment
      continue
    }
    isOfSibling = false
    const bare = line.replaceAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, '')
    for (const brace of bare.replaceAll(/[^{}]/g, '').split('').toReversed()) {
      if (brace === '}') closed++
      else if (closed > 0) isOfSibling = --closed === 0
    }
  }
  return undefined
}
