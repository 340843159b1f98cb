import { rename, writeFile } from 'node:fs/promises'
import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'
import type { NamedEndpoints } from '../translate/translation.ts'

const leastGapMs = 1_000
/** Of its time, the program spends no more than this part on the file. */
const mostOfTime = 0.01
const head = '# Sluice tells nginx: upstream, name, Service and its port, endpoints, since when.\n'

/** A file for people: what nginx was told last. Written at most once a second, and a long one less often. */
export class EndpointsFile {
  readonly #path: string
  readonly #log: Logger
  readonly #told = new Map<string, { readonly endpoints: NamedEndpoints; readonly since: number }>()
  #timer: NodeJS.Timeout | undefined
  #isFailing = false
  #gapMs = leastGapMs
  #written: Promise<void> = Promise.resolve()

  constructor(path: string, log: Logger) {
    this.#path = path
    this.#log = log
  }

  put(endpoints: NamedEndpoints): void {
    this.#told.set(endpoints.name, { endpoints, since: Date.now() })
    this.#schedule()
  }

  delete(name: string): void {
    if (this.#told.delete(name)) this.#schedule()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined // what is told while the file is being written is for the next one
      this.#written = this.#written.then(() => this.#write())
    }, this.#gapMs)
    this.#timer.unref()
  }

  async #write(): Promise<void> {
    const started = performance.now()
    const lines = [...this.#told.values()].map(
      ({ endpoints: { name, upstream, of, addresses }, since }) =>
        `${upstream} ${name} ${of} ${addresses.join(',') || '-'} ${new Date(since).toISOString()}\n`,
    )
    const text = head + lines.sort().join('')
    this.#gapMs = Math.max(leastGapMs, (performance.now() - started) / mostOfTime)
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
