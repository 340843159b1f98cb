import type { Diagnostic } from '../../diagnostics.ts'
import { exact } from '../../exact.ts'
import type { Look } from '../../annotations/look.ts'
import { givesTheSame, recordedLook } from './look.ts'
import type { Cluster, Read } from './look.ts'

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

/**
 * As `Kept`, many by name, each with what was reported and asked of the cluster while it was made. Saves
 * making anew what belongs to objects that did not change: nearly everything in nearly every pass.
 */
export class KeptByName<T> {
  #all = new Map<string, KeptOne<T>>()
  #next = new Map<string, KeptOne<T>>()

  /** The value of `name`, made by `make` if an input is another or the cluster would answer otherwise. */
  of(
    name: string,
    inputs: readonly unknown[],
    { cluster, report }: Pass,
    make: (report: Report, look: Look) => T,
  ): T {
    let one = this.#all.get(name)
    if (one === undefined || !isSame(one.inputs, inputs) || !givesTheSame(one.reads, cluster)) {
      const [diagnostics, reads]: [Diagnostic[], Read[]] = [[], []]
      const value = make((diagnostic) => diagnostics.push(diagnostic), recordedLook(cluster, reads))
      one = { inputs: exact(inputs), value, diagnostics: exact(diagnostics), reads: exact(reads) }
    }
    this.#next.set(name, one)
    for (const diagnostic of one.diagnostics) report(diagnostic)
    return one.value
  }

  /** A pass is over: what it did not ask for is forgotten. */
  end(): void {
    this.#all = this.#next
    this.#next = new Map()
  }
}

/** What a pass tells whoever makes something. */
export interface Pass {
  readonly cluster: Cluster
  readonly report: Report
}

/** What is in a map, sorted by name. Saves the sorting, of names that are nearly always those of the pass before. */
export class KeptOrder {
  #names: readonly string[] = []

  of<T>(items: ReadonlyMap<string, T>): readonly T[] {
    const found = this.#among(items)
    if (found.length === items.size && found.length === this.#names.length) return found
    // One long sorted run and a short rest: the sort costs little more than one look at each.
    const known = this.#names.filter((name) => items.has(name))
    const before = new Set(known)
    const fresh = [...items.keys()].filter((name) => !before.has(name))
    this.#names = [...known, ...fresh].sort()
    return this.#among(items)
  }

  #among<T>(items: ReadonlyMap<string, T>): T[] {
    const found: T[] = []
    for (const name of this.#names) {
      const item = items.get(name)
      if (item !== undefined) found.push(item)
    }
    return found
  }
}

interface KeptOne<T> {
  readonly inputs: readonly unknown[]
  readonly value: T
  readonly diagnostics: readonly Diagnostic[]
  readonly reads: readonly Read[]
}

/** `make`, asked once for each key that is still used. */
export function remembered<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>()
  return (key) => {
    let one = known.get(key)
    if (one === undefined) {
      one = { value: make(key) }
      known.set(key, one)
    }
    return one.value
  }
}

/** As `remembered`, of what depends on two. */
export function rememberedOfBoth<A extends object, B extends object, V>(
  make: (a: A, b: B) => V,
): (a: A, b: B) => V {
  const byFirst = remembered((a: A) => remembered((b: B) => make(a, b)))
  return (a, b) => byFirst(a)(b)
}

export function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
