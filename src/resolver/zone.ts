import { contentOf } from './answer.ts'
import type { Answer } from './answer.ts'
import { section } from './packet.ts'
import type { Section } from './packet.ts'
import { addressIn, recordsOf } from './records.ts'
import type { Target } from './records.ts'

/** One name and what is answered for it. */
export interface Entry {
  readonly name: string
  /** Small, for tables; used again once the name was forgotten. */
  readonly id: number
  content: string
  /** Grows over all names with every change. */
  version: number
  /** When the present version was told last; never yet: -Infinity. */
  toldAt: number
  /** When nginx last got all that it needs. */
  answeredAt: number
  srv: Section
  targets: ReadonlyMap<string, Target>
  /** Those of the answer before: nginx may have been told their names, and not their addresses yet. */
  pastTargets: ReadonlyMap<string, Target>
}

/** All that is answered. */
export class Zone {
  readonly #entries = new Map<string, Entry>()
  readonly #free: number[] = []
  #ids = 0
  #version = 0

  get size(): number {
    return this.#entries.size
  }

  get(name: string): Entry | undefined {
    return this.#entries.get(name)
  }

  /** The entry, if something is different now. */
  put(name: string, answer: Answer): Entry | undefined {
    const content = contentOf(answer)
    const known = this.#entries.get(name)
    if (known?.content === content) return undefined
    const { srv, targets } = recordsOf(name, answer)
    const now = {
      content,
      version: ++this.#version,
      toldAt: -Infinity,
      srv: section('SRV', 0, srv),
      targets,
    }
    if (known !== undefined)
      return Object.assign(known, { ...now, pastTargets: known.targets }) satisfies Entry
    const id = this.#free.pop() ?? this.#ids++
    const entry: Entry = { name, id, answeredAt: -Infinity, ...now, pastTargets: new Map() }
    this.#entries.set(name, entry)
    return entry
  }

  delete(name: string): Entry | undefined {
    const entry = this.#entries.get(name)
    if (entry === undefined) return undefined
    this.#entries.delete(name)
    this.#free.push(entry.id)
    return entry
  }

  /** The addresses behind a target, which is a label and a name of ours. */
  target(name: string): { readonly entry: Entry; readonly target: Target } | undefined {
    const dot = name.indexOf('.')
    const entry = this.#entries.get(name.slice(dot + 1))
    const target =
      entry?.targets.get(name) ?? entry?.pastTargets.get(name) ?? addressIn(name.slice(0, dot))
    return entry === undefined || target === undefined ? undefined : { entry, target }
  }
}
