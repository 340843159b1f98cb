/** Rings once at the earliest of the moments that it was set to. */
export class Alarm {
  #timer: NodeJS.Timeout | undefined
  #at = Infinity
  #rang = Promise.withResolvers<void>()

  /** Ring after `ms`, unless it rings sooner anyway. */
  set(ms: number): void {
    const at = performance.now() + ms
    if (at >= this.#at) return
    clearTimeout(this.#timer)
    this.#at = at
    this.#timer = setTimeout(() => this.#rang.resolve(), ms)
  }

  /** Resolves when it rings, or when `signal` aborts; then it is not set any more. */
  async wait(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#rang.resolve()
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    await this.#rang.promise
    signal.removeEventListener('abort', stop)
    clearTimeout(this.#timer)
    this.#at = Infinity
    this.#rang = Promise.withResolvers<void>()
  }
}
