import { rename, writeFile } from 'node:fs/promises'
import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'
import { noteOf } from './external-names.ts'
import type { ExternalNames } from './external-names.ts'
import type { NamedEndpoints } from '../translate/translation.ts'

const leastGapMs = 1_000
/** Of its time, the program spends no more than this part on the file. */
const mostOfTime = 0.01
const head =
  '# Sluice tells nginx: upstream, name, Service and its port, endpoints, since when; and what DNS says of an external name.\n'

/** A file for people: what nginx was told last. Written at most once a second, and a long one less often. */
export class EndpointsFile {
  readonly #path: string
  readonly #names: Pick<ExternalNames, 'about'>
  readonly #log: Logger
  readonly #told = new Map<string, { readonly endpoints: NamedEndpoints; readonly since: number }>()
  #timer: NodeJS.Timeout | undefined
  #isFailing = false
  #gapMs = leastGapMs
  #written: Promise<void> = Promise.resolve()

  constructor(path: string, names: Pick<ExternalNames, 'about'>, log: Logger) {
    this.#path = path
    this.#names = names
    this.#log = log
  }

  put(endpoints: NamedEndpoints): void {
    this.#told.set(endpoints.name, { endpoints, since: Date.now() })
    this.schedule()
  }

  delete(name: string): void {
    if (this.#told.delete(name)) this.schedule()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** Something that it says has changed. */
  schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined // what is told while the file is being written is for the next one
      this.#written = this.#written.then(() => this.#write())
    }, this.#gapMs)
    this.#timer.unref()
  }

  async #write(): Promise<void> {
    const started = performance.now()
    const lines = [...this.#told.values()].map(({ endpoints, since }) => {
      const { name, upstream, of, addresses, external } = endpoints
      const known = external && this.#names.about(external.name)
      const note = external && known ? ` ${external.name}: ${noteOf(known)}` : ''
      return `${upstream} ${name} ${of} ${addresses.join(',') || '-'} ${new Date(since).toISOString()}${note}\n`
    })
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
