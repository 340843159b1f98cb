import type { Diagnostic } from '../../diagnostics.ts'
import { exact } from '../../exact.ts'

type Report = (diagnostic: Diagnostic) => void

/** One value from the pass before, made anew only if one of its inputs is another object or value. */
export class Kept<T> {
  #last: { readonly inputs: readonly unknown[]; readonly value: T } | undefined

  of(inputs: readonly unknown[], make: () => T): T {
    if (this.#last === undefined || !isSame(this.#last.inputs, inputs))
      this.#last = { inputs, value: make() }
    return this.#last.value
  }
}

/** As `Kept`, many by name, each with what was reported while it was made. */
export class KeptByName<T> {
  readonly #all = new Map<string, KeptOne<T>>()

  of(name: string, inputs: readonly unknown[], report: Report, make: (report: Report) => T): T {
    let one = this.#all.get(name)
    if (one === undefined || !isSame(one.inputs, inputs)) {
      const diagnostics: Diagnostic[] = []
      const value = make((diagnostic) => diagnostics.push(diagnostic))
      one = { inputs: exact(inputs), value, diagnostics: exact(diagnostics) }
      this.#all.set(name, one)
    }
    for (const diagnostic of one.diagnostics) report(diagnostic)
    return one.value
  }

  keepOnly(names: Names): void {
    for (const name of this.#all.keys()) if (!names.has(name)) this.#all.delete(name)
  }
}

/** The names in a map in their order, which may depend on nothing but themselves. */
export class KeptOrder {
  #names: readonly string[] = []
  #known: ReadonlySet<string> = new Set()

  of<T>(items: ReadonlyMap<string, T>, compare: (a: T, b: T) => number): readonly T[] {
    const isTheSame =
      items.size === this.#names.length && this.#names.every((name) => items.has(name))
    const known = (name: string): T[] => {
      const item = items.get(name)
      return item === undefined ? [] : [item]
    }
    if (isTheSame) return this.#names.flatMap(known)
    // One long sorted run and a short rest: the sort costs little more than one look at each.
    const fresh = [...items].filter(([name]) => !this.#known.has(name))
    const entries = [
      ...this.#names.flatMap((name) => known(name).map((item) => [name, item] as const)),
      ...fresh,
    ].sort(([, a], [, b]) => compare(a, b))
    this.#names = entries.map(([name]) => name)
    this.#known = new Set(this.#names)
    return entries.map(([, item]) => item)
  }
}

export interface Names {
  readonly has: (name: string) => boolean
}

interface KeptOne<T> {
  readonly inputs: readonly unknown[]
  readonly value: T
  readonly diagnostics: readonly Diagnostic[]
}

export function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
