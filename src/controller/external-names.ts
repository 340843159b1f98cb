import { Resolver } from 'node:dns/promises'
import type { RecordWithTtl } from 'node:dns'
import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'
import {
  allowedExternalAddress,
  mostExternalAddresses,
} from '../translate/backends/external-name.ts'
import type { TranslateOptions } from '../translate/translation.ts'

export interface ExternalNamesSettings {
  readonly options: Pick<TranslateOptions, 'nameservers' | 'allowLoopbackEndpoints'>
  /** A name has other addresses than before, or has been looked up for the first time. */
  readonly changed: (name: string) => void
  readonly log: Logger
}

/** Seconds. Between the two a record says itself when it is to be looked up again. */
const [leastTtl, longestTtl] = [1, 300]
/** After a DNS server did not answer, doubled each time. */
const [firstRetry, lastRetry] = [1, 30]
const timeoutMs = 2_000
/** After one that said that there is no address. */
const emptyRetry = 5
/** Answers of servers that know that there is nothing. */
const nothing = new Set(['ENOTFOUND', 'ENODATA'])

/**
 * Looks names outside the cluster up at the pod's DNS servers, each anew when its records expire, and
 * keeps of their addresses those that requests may be sent to: what a name leads to is its owner's
 * choice, and may change to an address inside. While no server answers, what was known last counts.
 */
export class ExternalNames {
  readonly #settings: ExternalNamesSettings
  readonly #resolver = new Resolver({ timeout: timeoutMs, tries: 2 })
  readonly #names = new Map<string, Name>()

  constructor(settings: ExternalNamesSettings) {
    this.#settings = settings
    const { nameservers } = settings.options
    if (nameservers.length > 0) this.#resolver.setServers(nameservers)
  }

  /** Follows these names, and no others any more. */
  follow(names: ReadonlySet<string>): void {
    for (const [text, { timer }] of this.#names) {
      if (names.has(text)) continue
      clearTimeout(timer)
      this.#names.delete(text)
    }
    for (const text of names) {
      if (this.#names.has(text)) continue
      const name: Name = { addresses: undefined, failures: 0, first: Promise.withResolvers() }
      this.#names.set(text, name)
      void this.#look(text, name)
    }
  }

  /** Sorted, IPv6 without brackets; empty where the name has none, undefined before that is known. */
  addressesOf(name: string): readonly string[] | undefined {
    return this.#names.get(name)?.addresses
  }

  /** Resolves when every name was looked up once, or `ms` are over. */
  async known(ms: number): Promise<void> {
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, ms)
    await Promise.race([
      Promise.all([...this.#names.values()].map(({ first }) => first.promise)),
      late.promise,
    ])
    clearTimeout(timer)
  }

  close(): void {
    this.follow(new Set())
    this.#resolver.cancel()
  }

  async #look(text: string, name: Name): Promise<void> {
    const seconds = await this.#lookedUp(text, name)
    name.first.resolve()
    if (this.#names.get(text) !== name) return
    name.timer = setTimeout(() => void this.#look(text, name), 1_000 * seconds).unref()
  }

  /** Seconds until the next time. */
  async #lookedUp(text: string, name: Name): Promise<number> {
    const found = await Promise.allSettled([
      this.#resolver.resolve4(text, { ttl: true }),
      this.#resolver.resolve6(text, { ttl: true }),
    ])
    const records = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
    const failed = found.find(
      (each) => each.status === 'rejected' && !nothing.has(codeOf(each.reason)),
    )
    if (this.#names.get(text) !== name) return lastRetry
    if (records.length === 0 && failed?.status === 'rejected')
      return this.#failed(text, name, failed.reason)

    name.failures = 0
    const addresses = this.#allowed(text, records)
    const isNew = addresses.join() !== name.addresses?.join()
    name.addresses = addresses
    if (isNew) this.#settings.changed(text)
    const ttl = Math.min(longestTtl, ...records.map((record) => record.ttl))
    return records.length === 0 ? emptyRetry : Math.max(leastTtl, ttl)
  }

  #failed(text: string, name: Name, reason: unknown): number {
    if (name.failures++ === 0)
      this.#settings.log.warn(
        { name: text, error: errorText(reason) },
        'failed to look up an external name',
      )
    return Math.min(lastRetry, firstRetry * 2 ** (name.failures - 1))
  }

  #allowed(text: string, records: readonly RecordWithTtl[]): readonly string[] {
    const { options, log } = this.#settings
    const allowed = new Set<string>()
    for (const { address } of records) {
      const one = allowedExternalAddress(address, options)
      if (one === undefined)
        log.warn({ name: text, address }, 'left out an address of an external name')
      else allowed.add(one)
    }
    return [...allowed].sort().slice(0, mostExternalAddresses)
  }
}

interface Name {
  addresses: readonly string[] | undefined
  failures: number
  timer?: NodeJS.Timeout
  readonly first: PromiseWithResolvers<void>
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''
