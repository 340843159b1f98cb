import { answerIn, contentOf } from './answer.ts'
import type { Answer, Content } from './answer.ts'
import { section } from './packet.ts'
import type { Section } from './packet.ts'
import { addressIn, recordsOf, targetOf } from './records.ts'
import type { Target } from './records.ts'
import { untold } from './tellings.ts'
import type { Tellings } from './tellings.ts'

/** One name and what is answered for it. */
export interface Entry {
  readonly name: string
  content: Content
  told: Tellings
  /** When nginx last got all that it needs. */
  answeredAt: number
  srv: Section
  /** Of the answer before: nginx may have been told the names of its targets, and not their addresses yet. */
  past: Content | undefined
}

/** All that is answered. */
export class Zone {
  readonly #entries = new Map<string, Entry>()

  get(name: string): Entry | undefined {
    return this.#entries.get(name)
  }

  /** Whether something is different now. */
  put(name: string, answer: Answer): boolean {
    const content = contentOf(answer)
    const known = this.#entries.get(name)
    if (known?.content === content) return false
    const srv = section('SRV', 0, recordsOf(name, answer).srv)
    if (known !== undefined)
      Object.assign(known, { content, told: untold, srv, past: known.content })
    else
      this.#entries.set(name, {
        name,
        content,
        told: untold,
        answeredAt: -Infinity,
        srv,
        past: undefined,
      })
    return true
  }

  delete(name: string): void {
    this.#entries.delete(name)
  }

  /**
   * The addresses behind a target, which is a label and a name of ours. One that was told by an earlier
   * process may be unknown. Then those of now are better than a refusal, after which nginx would not ask
   * again; `isLasting` is false.
   */
  target(name: string): Found | undefined {
    const dot = name.indexOf('.')
    const entry = this.#entries.get(name.slice(dot + 1))
    if (entry === undefined) return undefined
    const { content, past } = entry
    const target =
      addressIn(name.slice(0, dot)) ??
      targetIn(entry, content, name) ??
      (past === undefined ? undefined : targetIn(entry, past, name))
    if (target !== undefined) return { entry, target, isLasting: true }
    return { entry, target: targetOf(answerIn(content).endpoints), isLasting: false }
  }
}

interface Found {
  readonly entry: Entry
  readonly target: Target
  readonly isLasting: boolean
}

/** Asked for after a change alone, so it is found anew each time and not kept. */
const targetIn = (entry: Entry, content: Content, name: string): Target | undefined =>
  recordsOf(entry.name, answerIn(content)).targets.get(name)
