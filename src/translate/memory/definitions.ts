import type { Annotated } from '../ingresses/annotate.ts'
import { definitions, definitionsOf, isAlike, linesOf } from '../ingresses/definitions.ts'
import type { Definition, Definitions } from '../ingresses/definitions.ts'
import { KeptOrder } from './kept.ts'

interface Known {
  readonly what: Definition['what']
  /** How many define it. */
  readonly uses: number
}

/**
 * As `definitions`. Saves looking at what all Ingresses define when one of them changed: who is neither new
 * nor gone is passed over.
 */
export class KeptDefinitions {
  #before: readonly Annotated[] = []
  readonly #known = new Map<string, Known>()
  readonly #order = new KeptOrder()
  #lines: Definitions['lines'] = []

  of(annotated: readonly Annotated[]): Definitions {
    const [gone, fresh] = difference(this.#before, annotated)
    this.#before = annotated
    let isChanged = false
    for (const one of gone)
      for (const { name } of definitionsOf(one)) isChanged = this.#forget(name) || isChanged
    for (const one of fresh)
      for (const { name, what } of definitionsOf(one)) {
        const known = this.#known.get(name)
        if (known !== undefined && !isAlike(known.what, what)) return this.#anew(annotated)
        isChanged ||= known === undefined
        this.#known.set(name, { what: known?.what ?? what, uses: (known?.uses ?? 0) + 1 })
      }
    if (isChanged) this.#lines = linesOf(this.#order.of(this.#known).map(({ what }) => what))
    return { annotated, lines: this.#lines, diagnostics: [] }
  }

  /** Whether nobody else defines it. */
  #forget(name: string): boolean {
    const { what, uses } = this.#known.get(name) ?? { what: '', uses: 1 }
    if (uses === 1) return this.#known.delete(name)
    this.#known.set(name, { what, uses: uses - 1 })
    return false
  }

  /** Two have one name, which nobody expects to see: then all are looked at, in every pass. */
  #anew(annotated: readonly Annotated[]): Definitions {
    this.#before = []
    this.#known.clear()
    this.#lines = []
    return definitions(annotated)
  }
}

/** What is only in `before`, and what is only in `after`, if both begin and end alike. */
function difference<T>(
  before: readonly T[],
  after: readonly T[],
): readonly [readonly T[], readonly T[]] {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  let end = 0
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++
  return [before.slice(start, before.length - end), after.slice(start, after.length - end)]
}
