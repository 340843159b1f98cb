import type { Value } from '../annotations/values.ts'
import { defectOf } from '../model/token.ts'
import { isVariable } from './variables.ts'

/** A format of the access log, taken apart. */
export interface LogFormat {
  /** Text, and variables by their names in lower case, in order. */
  readonly parts: readonly LogPart[]
  readonly variables: ReadonlySet<string>
  /** What looks like a variable and is none, as its author wrote it. */
  readonly unknown: readonly string[]
}

export type LogPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'unknown' }

const longest = 16_384

/**
 * ingress-nginx puts the value between quotes of nginx.conf, so that a backslash means what it means there.
 * Lines are joined, with one space for what was between them: what is logged of a request is one line.
 */
export const logFormat: Value<LogFormat> = {
  expected: `a log format with variables of nginx, of at most ${longest} characters`,
  parse: (value) => {
    if (value.length > longest) return undefined
    const text = joined(unescaped(value))
    return text === '' || hasControl(text) ? undefined : formatOf(text)
  },
}

const escapes: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' }

const unescaped = (text: string): string =>
  text.replaceAll(/\\(["'\\trn])/g, (_, character: string) => escapes[character] ?? character)

const joined = (text: string): string =>
  text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ')

const hasControl = (text: string): boolean =>
  text
    .replaceAll('\t', ' ')
    .match(/.{1,500}/gsu)
    ?.some((piece) => defectOf(piece) !== undefined) ?? false

function formatOf(text: string): LogFormat | undefined {
  const parts: LogPart[] = []
  const variables = new Set<string>()
  const unknown = new Set<string>()
  let end = 0
  for (const found of text.matchAll(/\$(?:\{(\w+)\}|(\w+)|)/g)) {
    const [whole, braced, bare] = found
    if (found.index > end) parts.push({ kind: 'text', text: text.slice(end, found.index) })
    end = found.index + whole.length
    const name = (braced ?? bare ?? '').toLowerCase()
    if (isVariable(name)) {
      variables.add(name)
      parts.push({ kind: 'variable', name })
    } else {
      unknown.add(whole)
      parts.push({ kind: 'unknown' })
    }
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) })
  if (unknown.size > 0 && variables.size === 0) return undefined
  return { parts, variables, unknown: [...unknown] }
}

/** Names the first of them: a format may be long. */
export function unknownVariables({ unknown }: LogFormat): string | undefined {
  if (unknown.length === 0) return undefined
  const named = unknown
    .slice(0, 10)
    .map((name) => (name === '$' ? 'a "$" alone' : name.slice(0, 60)))
  const more = unknown.length > named.length ? ' and more' : ''
  return `unknown variables: ${named.join(', ')}${more}`
}
