const forgottenAfterMs = 60_000

/**
 * Which version of each name every client was told. A client is one socket of a worker of nginx, which
 * has one for each of our addresses. Versions only grow, so a number that once belonged to another
 * name says too little at most.
 */
export class Clients {
  readonly #known = new Map<string, Client>()
  #sweptAt = 0

  /** When `client` asked first: now, if it never did. */
  seen(client: string, now: number): number {
    this.#sweep(now)
    let known = this.#known.get(client)
    if (known === undefined) {
      known = { versions: new Uint32Array(64), firstAt: now, lastAt: now }
      this.#known.set(client, known)
    }
    known.lastAt = now
    return known.firstAt
  }

  /** 0 for what was never told. */
  told(client: string, name: number): number {
    return this.#known.get(client)?.versions[name] ?? 0
  }

  tell(client: string, name: number, version: number): void {
    const known = this.#known.get(client)
    if (known === undefined) return
    if (known.versions.length <= name) {
      const grown = new Uint32Array(2 * name)
      grown.set(known.versions)
      known.versions = grown
    }
    known.versions[name] = version
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < forgottenAfterMs) return
    this.#sweptAt = now
    for (const [client, { lastAt }] of this.#known)
      if (now - lastAt > forgottenAfterMs) this.#known.delete(client)
  }
}

interface Client {
  versions: Uint32Array
  readonly firstAt: number
  lastAt: number
}
