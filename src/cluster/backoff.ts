/** Waits that double from try to try, jittered so that many clients do not come back at once. */
export class Backoff {
  readonly #firstMs: number
  readonly #longestMs: number
  #failures = 0

  constructor(firstMs: number, longestMs: number) {
    this.#firstMs = firstMs
    this.#longestMs = longestMs
  }

  /** After a success: the next wait is short again. */
  reset(): void {
    this.#failures = 0
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures
  }

  /** How long to wait after one more failure: between half of the full wait and all of it. */
  nextMs(): number {
    const full = Math.min(this.#longestMs, this.#firstMs * 2 ** this.#failures)
    this.#failures++
    return full * (0.5 + Math.random() / 2)
  }
}
