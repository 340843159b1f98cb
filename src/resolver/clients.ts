/** A worker with a single name comes back to the same socket after 16 times 5 s. */
const forgottenAfterMs = 120_000

/**
 * Since when each client asks. A client is one socket of a worker of nginx, which has one for each of
 * our addresses. Times are those of `performance.now`.
 */
export class Clients {
  readonly #known = new Map<number, { readonly firstAt: number; lastAt: number }>()
  #sweptAt = 0

  /** When `client` asked first: now, if it never did. */
  seen(client: number, now: number): number {
    this.#sweep(now)
    const known = this.#known.get(client)
    if (known === undefined) {
      this.#known.set(client, { firstAt: now, lastAt: now })
      return now
    }
    known.lastAt = now
    return known.firstAt
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < forgottenAfterMs) return
    this.#sweptAt = now
    for (const [client, { lastAt }] of this.#known)
      if (now - lastAt > forgottenAfterMs) this.#known.delete(client)
  }
}
