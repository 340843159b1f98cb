/** A question that waits, for a name and from a client. */
export interface Waiting {
  readonly name: string
  readonly client: string
}

const tickMs = 100

/**
 * Questions that wait until somebody has something to say, or their time is over. There are as many as
 * there are names, so one timer ticks for all of them.
 */
export class Held<T extends Waiting> {
  readonly #waiting = new Map<string, T[]>()
  readonly #due = new Map<number, T[]>()
  readonly #over: (one: T) => void
  #tick = 0
  #timer: NodeJS.Timeout | undefined

  /** `over` gets every one whose time is over. */
  constructor(over: (one: T) => void) {
    this.#over = over
  }

  has(name: string): boolean {
    return this.#waiting.has(name)
  }

  names(): Iterable<string> {
    return this.#waiting.keys()
  }

  /** One that is asked once more before it was answered stands for both. */
  add(one: T, ms: number): void {
    const others = this.#waiting.get(one.name)?.filter(({ client }) => client !== one.client) ?? []
    this.#waiting.set(one.name, [...others, one])
    const at = this.#tick + Math.max(1, Math.round(ms / tickMs))
    const sameTime = this.#due.get(at)
    if (sameTime === undefined) this.#due.set(at, [one])
    else sameTime.push(one)
    this.#timer ??= setInterval(this.#next, tickMs).unref()
  }

  /** Those that wait for `name`, which wait no longer. */
  take(name: string): readonly T[] {
    const all = this.#waiting.get(name) ?? []
    this.#waiting.delete(name)
    return all
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#waiting.clear()
    this.#due.clear()
  }

  readonly #next = (): void => {
    const due = this.#due.get(++this.#tick) ?? []
    this.#due.delete(this.#tick)
    for (const one of due) {
      const all = this.#waiting.get(one.name)
      if (all === undefined || !all.includes(one)) continue
      const rest = all.filter((each) => each !== one)
      if (rest.length === 0) this.#waiting.delete(one.name)
      else this.#waiting.set(one.name, rest)
      this.#over(one)
    }
    if (this.#due.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
