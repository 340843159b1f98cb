import { preview } from '../../diagnostics.ts'
import type { Diagnostic } from '../../diagnostics.ts'
import type { Directive } from '../../model/directive.ts'
import { remembered } from '../memory/kept.ts'
import type { Annotated } from './annotate.ts'

/**
 * `annotated`, oldest first. What they define is named by a hash of what it says. Should one ever define
 * something else under the name of an older one, that one keeps its name, and this one is denied.
 */
export function withoutClashes(annotated: readonly Annotated[]): Unclashed {
  const known = new Map<string, string>()
  const diagnostics: Diagnostic[] = []
  const kept = annotated.map((one) => {
    const defined = definitionsOf(one)
    const clash = defined.find(([name, text]) => (known.get(name) ?? text) !== text)
    if (clash === undefined) {
      for (const [name, text] of defined) known.set(name, text)
      return one
    }
    const [name, , feature] = clash
    diagnostics.push({
      code: 'annotation-invalid',
      severity: 'error',
      object: one.ingress,
      field: feature,
      problem: `${preview(name)} is the name of something else that an older Ingress has defined`,
      instead: 'its paths answer 503, because what protects fails closed',
    })
    return denied(one)
  })
  return { annotated: kept, diagnostics }
}

export interface Unclashed {
  readonly annotated: readonly Annotated[]
  readonly diagnostics: readonly Diagnostic[]
}

type Definition = readonly [name: string, text: string, feature: string]

const definitionsOf = remembered(({ contributions, origin }: Annotated): readonly Definition[] =>
  [...contributions].flatMap(([feature, { http, internal = [] }]) => [
    ...[...(http ?? [])].map(([name, line]) => [name, textOf(line), feature] as const),
    ...internal.map(({ name }) => {
      const owner = `${origin.namespace}/${origin.name}`
      return [`location ${name}`, owner, feature] as const
    }),
  ]),
)

const textOf = remembered(({ name, args, block }: Directive) =>
  JSON.stringify([name, args, block?.map((line) => [line.name, line.args])]),
)

const denied = remembered((one: Annotated): Annotated => ({
  ...one,
  contributions: new Map(),
  denial: one.denial ?? one.origin,
}))
