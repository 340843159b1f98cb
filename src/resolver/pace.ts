/**
 * Does things in order, no more than `perMs` of them a millisecond. When all names are asked for at
 * once, answers that went out as fast as possible would overflow what the kernel keeps for nginx.
 */
export class Pace {
  readonly #perMs: number
  #queue: (() => void)[] = []
  #next = 0
  #budget: number
  #timer: NodeJS.Timeout | undefined

  constructor(perMs: number) {
    this.#perMs = perMs
    this.#budget = perMs
  }

  do(thing: () => void): void {
    if (this.#budget > 0 && this.#next === this.#queue.length) {
      this.#budget--
      thing()
    } else this.#queue.push(thing)
    this.#timer ??= setTimeout(this.#refill, 1)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#queue = []
    this.#next = 0
  }

  readonly #refill = (): void => {
    this.#timer = undefined
    this.#budget = this.#perMs
    while (this.#budget > 0) {
      const thing = this.#queue[this.#next]
      if (thing === undefined) break
      this.#next++
      this.#budget--
      thing()
    }
    if (this.#next === this.#queue.length) {
      this.#queue = []
      this.#next = 0
    } else this.#timer = setTimeout(this.#refill, 1)
  }
}
