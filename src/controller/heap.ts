import { setFlagsFromString } from 'node:v8'

const restMs = 2_000

/**
 * Has V8 give back what passes have left over. It keeps the memory that a pass freed for the next one, and
 * its collector does not return it as long as something happens, as it does with every question of nginx.
 * A V8 that prefers a small heap does, a few milliseconds of work at a time, and would make a pass slower.
 * So it prefers that between passes alone: at 5,000 hosts 100 MiB less.
 */
export class Heap {
  #rest: NodeJS.Timeout | undefined

  /** A pass starts. */
  work(): void {
    clearTimeout(this.#rest)
    setFlagsFromString('--no-optimize-for-size')
  }

  /** A pass is over; if no other starts soon, there is time. */
  rest(): void {
    clearTimeout(this.#rest)
    this.#rest = setTimeout(() => setFlagsFromString('--optimize-for-size'), restMs).unref()
  }
}
