import { rename, writeFile } from 'node:fs/promises'
import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'
import type { NamedEndpoints } from '../translate/translation.ts'

const leastGapMs = 1_000
const head = '# Sluice tells nginx: upstream, name, Service and its port, endpoints, since when.\n'

/** A file for people: what nginx was told last. Written at most once a second. */
export class EndpointsFile {
  readonly #path: string
  readonly #log: Logger
  readonly #lines = new Map<string, string>()
  #timer: NodeJS.Timeout | undefined
  #isFailing = false

  constructor(path: string, log: Logger) {
    this.#path = path
    this.#log = log
  }

  put({ name, upstream, service, servicePort, addresses }: NamedEndpoints): void {
    const where = addresses.length === 0 ? '-' : addresses.join(',')
    const since = new Date().toISOString()
    this.#lines.set(name, `${upstream} ${name} ${service}:${servicePort.port} ${where} ${since}\n`)
    this.#schedule()
  }

  delete(name: string): void {
    if (this.#lines.delete(name)) this.#schedule()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      void this.#write().finally(() => (this.#timer = undefined))
    }, leastGapMs)
    this.#timer.unref()
  }

  async #write(): Promise<void> {
    const text = head + [...this.#lines.values()].sort().join('')
    try {
      await writeFile(`${this.#path}.next`, text, { mode: 0o600 })
      await rename(`${this.#path}.next`, this.#path)
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing)
        this.#log.warn({ error: errorText(error) }, 'failed to list the endpoints')
      this.#isFailing = true
    }
  }
}
