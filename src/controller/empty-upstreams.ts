import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'

/**
 * A file for each upstream that has no endpoint, named after it. nginx looks for it where it would else ask
 * first who somebody is (translate/compose/compose.ts): only Sluice knows, and the configuration must not
 * change with endpoints.
 */
export class EmptyUpstreams {
  readonly #dir: string
  readonly #log: Logger
  #names: Set<string> | undefined
  #isFailing = false

  constructor(stateDir: string, log: Logger) {
    this.#dir = join(stateDir, 'empty')
    this.#log = log
  }

  set(upstream: string, isEmpty: boolean): void {
    const names = this.#known()
    if (names.has(upstream) === isEmpty) return
    try {
      if (isEmpty) writeFileSync(join(this.#dir, upstream), '', { mode: 0o600 })
      else rmSync(join(this.#dir, upstream), { force: true })
      if (isEmpty) names.add(upstream)
      else names.delete(upstream)
      this.#isFailing = false
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Forgets all but `upstreams`: what an earlier process left, too. */
  keepOnly(upstreams: ReadonlySet<string>): void {
    for (const name of this.#known()) if (!upstreams.has(name)) this.set(name, false)
  }

  #known(): Set<string> {
    if (this.#names !== undefined) return this.#names
    try {
      mkdirSync(this.#dir, { recursive: true, mode: 0o700 })
      this.#names = new Set(readdirSync(this.#dir))
      return this.#names
    } catch (error) {
      this.#failed(error)
      return new Set()
    }
  }

  #failed(error: unknown): void {
    if (!this.#isFailing)
      this.#log.warn({ error: errorText(error) }, 'failed to say which upstreams are empty')
    this.#isFailing = true
  }
}
