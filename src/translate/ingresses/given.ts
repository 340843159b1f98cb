import type { Ingress } from '../../objects/kinds.ts'

/** By name without prefix, sorted; trimmed line by line as ingress-nginx does; empty ones count as absent. */
export function givenOf(ingress: Ingress, prefix: string): ReadonlyMap<string, string> {
  const start = `${prefix}/`
  const given: [string, string][] = []
  for (const [key, value] of ingress.annotations) {
    if (!key.startsWith(start)) continue
    const text = value.includes('\n') ? trimmedLines(value).trim() : value.trim()
    if (text !== '') given.push([key.slice(start.length), text])
  }
  return new Map(given.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const trimmedLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
