import type { Value } from '../annotations/values.ts'
import { defectOf } from '../model/token.ts'
import { isVariable } from './variables.ts'

/** A format of the access log, taken apart. */
export interface LogFormat {
  /** Text, and variables by their names, in order. */
  readonly parts: readonly LogPart[]
  readonly variables: ReadonlySet<string>
}

export type LogPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string }

export const logFormat: Value<LogFormat> = {
  expected: 'a log format that uses variables of nginx only',
  parse: (text) => (text === '' || defectOf(text) !== undefined ? undefined : formatOf(text)),
}

function formatOf(text: string): LogFormat | undefined {
  const parts: LogPart[] = []
  const variables = new Set<string>()
  let end = 0
  for (const found of text.matchAll(/\$(?:\{(\w+)\}|(\w+)|)/g)) {
    const [whole, braced, bare] = found
    if (found.index > end) parts.push({ kind: 'text', text: text.slice(end, found.index) })
    end = found.index + whole.length
    const name = braced ?? bare ?? ''
    if (!isVariable(name)) return undefined
    variables.add(name)
    parts.push({ kind: 'variable', name })
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) })
  return { parts, variables }
}
