import { isDeepStrictEqual } from 'node:util'
import type { KubernetesObject } from '../objects/kinds.ts'
import type { SecretText } from '../objects/secret-text.ts'

/** Whether `a` and `b` say the same, wherever they were read. */
export function isSameContent(a: KubernetesObject, b: KubernetesObject): boolean {
  if (a === b) return true
  const [left, right] = [contentOf(a), contentOf(b)]
  return isDeepStrictEqual(left, right)
}

/** Secrets are compared by digest: what a SecretText holds is invisible to a comparison of fields. */
function contentOf(object: KubernetesObject): object {
  const { order: _order, source: _source, ...content } = object
  if (content.kind !== 'Secret') return content
  return { ...content, data: digestsOf(content.data) }
}

const digestsOf = (data: ReadonlyMap<string, SecretText>): ReadonlyMap<string, string> =>
  new Map([...data].map(([key, text]) => [key, text.digest]))
