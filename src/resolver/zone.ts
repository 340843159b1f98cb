import { answerIn, contentOf } from './answer.ts'
import type { Answer, Content } from './answer.ts'
import { section } from './packet.ts'
import type { Section } from './packet.ts'
import { addressIn, recordsOf } from './records.ts'
import type { Target } from './records.ts'

/** One name and what is answered for it. */
export interface Entry {
  readonly name: string
  /** Small, for tables; used again once the name was forgotten. */
  readonly id: number
  content: Content
  /** Grows over all names with every change. */
  version: number
  /** When the present version was told last; never yet: -Infinity. */
  toldAt: number
  /** When nginx last got all that it needs. */
  answeredAt: number
  srv: Section
  /** Of the answer before: nginx may have been told the names of its targets, and not their addresses yet. */
  past: Content | undefined
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
    const srv = section('SRV', 0, recordsOf(name, answer).srv)
    const version = ++this.#version
    if (known !== undefined) {
      const { content: past } = known
      return Object.assign(known, { content, version, toldAt: -Infinity, srv, past })
    }
    const id = this.#free.pop() ?? this.#ids++
    const entry: Entry = {
      name,
      id,
      content,
      version,
      toldAt: -Infinity,
      answeredAt: -Infinity,
      srv,
      past: undefined,
    }
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
    if (entry === undefined) return undefined
    const target =
      addressIn(name.slice(0, dot)) ??
      targetIn(entry, entry.content, name) ??
      (entry.past === undefined ? undefined : targetIn(entry, entry.past, name))
    return target === undefined ? undefined : { entry, target }
  }
}

/** Asked for after a change alone, so it is found anew each time and not kept. */
const targetIn = (entry: Entry, content: Content, name: string): Target | undefined =>
  recordsOf(entry.name, answerIn(content)).targets.get(name)
