/** Who waits until all of some names were met. */
export class Expectations {
  readonly #all = new Set<Expectation>()

  met(name: string): void {
    for (const expectation of this.#all) expectation.met(name)
  }

  /** Nothing is met any more. */
  giveUp(): void {
    for (const expectation of this.#all) expectation.giveUp()
  }

  /** Whether every one of `names` was met, from this call on and before `signal`. */
  async of(names: Iterable<string>, signal: AbortSignal): Promise<boolean> {
    const expectation = new Expectation(names)
    this.#all.add(expectation)
    const giveUp = (): void => expectation.giveUp()
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      return await expectation.isMet
    } finally {
      signal.removeEventListener('abort', giveUp)
      this.#all.delete(expectation)
    }
  }
}

class Expectation {
  readonly #missing: Set<string>
  readonly #end = Promise.withResolvers<boolean>()

  constructor(names: Iterable<string>) {
    this.#missing = new Set(names)
    if (this.#missing.size === 0) this.#end.resolve(true)
  }

  get isMet(): Promise<boolean> {
    return this.#end.promise
  }

  met(name: string): void {
    if (this.#missing.delete(name) && this.#missing.size === 0) this.#end.resolve(true)
  }

  giveUp(): void {
    this.#end.resolve(false)
  }
}
