import { preview } from '../../diagnostics.ts'
import type { Diagnostic } from '../../diagnostics.ts'
import type { Directive } from '../../model/directive.ts'
import type { Annotated } from './annotate.ts'

/** Something that an Ingress defines under a name: a variable or a zone of http, or a location that nginx asks. */
export interface Definition {
  readonly name: string
  /** The line of http; of a location, whose it is. */
  readonly what: Directive | string
  readonly feature: string
}

/** What `annotated` defines; of a canary the other annotations do not count. */
export const definitionsOf = ({
  contributions,
  origin,
  policy,
}: Annotated): readonly Definition[] =>
  [...contributions].flatMap(([feature, { http = new Map<string, Directive>(), internal = [] }]) =>
    policy.isCanary === true && feature !== 'canary'
      ? []
      : [
          ...[...http].map(([name, what]) => ({ name, what, feature })),
          ...internal.map(({ name }) => ({
            name: `location ${name}`,
            what: `${origin.namespace}/${origin.name}`,
            feature,
          })),
        ],
  )

/** Whether both say the same. */
export const isAlike = (a: Definition['what'], b: Definition['what']): boolean =>
  a === b || textOf(a) === textOf(b)

const textOf = (what: Definition['what']): string =>
  typeof what === 'string'
    ? what
    : JSON.stringify([what.name, what.args, what.block?.map((line) => [line.name, line.args])])

/** What Ingresses define together, each thing once. */
export interface Definitions {
  /** Without those that were denied. */
  readonly annotated: readonly Annotated[]
  /** Those of http, sorted by name. */
  readonly lines: readonly Directive[]
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * What `annotated`, oldest first, define. It is named by a hash of what it says. Should one ever define
 * something else under the name of an older one, that one keeps its name, and this one is denied.
 */
export function definitions(annotated: readonly Annotated[]): Definitions {
  const known = new Map<string, Definition['what']>()
  const diagnostics: Diagnostic[] = []
  const kept = annotated.map((one) => {
    const defined = definitionsOf(one)
    const clash = defined.find(({ name, what }) => !isAlike(known.get(name) ?? what, what))
    if (clash !== undefined) {
      diagnostics.push(refusal(one, clash))
      return { ...one, contributions: new Map(), denial: one.denial ?? one.origin }
    }
    for (const { name, what } of defined) if (!known.has(name)) known.set(name, what)
    return one
  })
  const names = [...known.keys()].sort()
  return { annotated: kept, lines: linesOf(names.map((name) => known.get(name))), diagnostics }
}

/** Those of `all` that are lines of http. */
export const linesOf = (all: readonly (Definition['what'] | undefined)[]): readonly Directive[] =>
  all.flatMap((what) => (what === undefined || typeof what === 'string' ? [] : what))

const refusal = ({ ingress }: Annotated, { name, feature }: Definition): Diagnostic => ({
  code: 'annotation-invalid',
  severity: 'error',
  object: ingress,
  field: feature,
  problem: `${preview(name)} is the name of something else that an older Ingress has defined`,
  instead: 'its paths answer 503, because what protects fails closed',
})
