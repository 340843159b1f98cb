import { Resolver } from 'node:dns/promises'
import type { RecordWithTtl } from 'node:dns'
import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'
import {
  allowedExternalAddress,
  mostExternalAddresses,
} from '../translate/backends/external-name.ts'
import type { TranslateOptions } from '../translate/translation.ts'
import { lookUp } from './look-up.ts'
import type { LookedUp } from './look-up.ts'
import { fullNamesOf } from './resolv-conf.ts'
import type { ResolvConf } from './resolv-conf.ts'

export interface ExternalNamesSettings {
  readonly options: Pick<TranslateOptions, 'allowLoopbackEndpoints'>
  readonly resolvConf: ResolvConf
  /** A name has other addresses than before, or has been looked up for the first time. */
  readonly changed: (name: string) => void
  /** What `noteOf` says of a name has changed. */
  readonly noted: (name: string, before: KnownName, now: KnownName) => void
  /** Asks for a pass: what is wrong with names has changed. */
  readonly touch: (reason: string) => void
  readonly log: Logger
}

/** What is known of a name. */
export interface KnownName {
  /** Sorted, IPv6 without brackets; empty where the name has none, undefined before that is known. */
  readonly addresses: readonly string[] | undefined
  /** The name that has them: as it was written, or with the end of a domain that is searched. */
  readonly fullName: string | undefined
  /** Addresses that it has and that requests must not reach. */
  readonly leftOut: readonly string[]
  /** Why it has none. */
  readonly problem: string | undefined
}

/** Seconds. Between the two a record says itself when it is to be looked up again. */
const [leastTtl, longestTtl] = [1, 300]
/** After a DNS server did not answer, doubled each time. */
const firstRetry = 1
/** After one that said that there is no address, doubled each time. */
const firstEmptyRetry = 5
const lastRetry = 30
const timeoutMs = 2_000
/** How often the servers of a domain that is searched may fail before the names after it are tried. */
const mostFailures = 3

/**
 * Looks names outside the cluster up at the pod's DNS servers, with the domains that the pod searches,
 * each anew when its records expire, and keeps of their addresses those that requests may be sent to: what
 * a name leads to is its owner's choice, and may change to an address inside. While no server answers, what
 * was known last counts; and a name never comes to mean another one because a server failed for a moment.
 */
export class ExternalNames {
  readonly #settings: ExternalNamesSettings
  readonly #resolver = new Resolver({ timeout: timeoutMs, tries: 2 })
  readonly #names = new Map<string, Name>()

  constructor(settings: ExternalNamesSettings) {
    this.#settings = settings
    const { nameservers } = settings.resolvConf
    if (nameservers.length > 0) this.#resolver.setServers(nameservers)
  }

  /** Follows these names, and no others any more. True if one of them is new. */
  follow(names: ReadonlySet<string>): boolean {
    for (const [text, { timer }] of this.#names) {
      if (names.has(text)) continue
      clearTimeout(timer)
      this.#names.delete(text)
    }
    let hasNew = false
    for (const text of names) {
      if (this.#names.has(text)) continue
      hasNew = true
      const name: Name = { known: unknown, tries: 0, first: Promise.withResolvers() }
      this.#names.set(text, name)
      void this.#look(text, name)
    }
    return hasNew
  }

  /** Undefined for a name that is not followed. */
  about(name: string): KnownName | undefined {
    return this.#names.get(name)?.known
  }

  addressesOf(name: string): KnownName['addresses'] {
    return this.about(name)?.addresses
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
    const names = fullNamesOf(text, this.#settings.resolvConf)
    const { fullName } = name.known
    const found = await lookUp(this.#resolver, names, (each) =>
      fullName === undefined
        ? name.kind === 'failed' && name.tries >= mostFailures
        : each !== fullName,
    )
    if (this.#names.get(text) === name) {
      const seconds = this.#take(text, name, found, names)
      name.timer = setTimeout(() => void this.#look(text, name), 1_000 * seconds).unref()
    }
    name.first.resolve()
  }

  /** Seconds until the next time. */
  #take(text: string, name: Name, found: LookedUp, names: readonly string[]): number {
    const before = name.known
    name.known = this.#knownOf(before, found, names)
    const isSame = before.addresses?.join() === name.known.addresses?.join()
    const isRepeated = name.kind === found.kind
    name.tries = isRepeated ? name.tries + 1 : 1
    name.kind = found.kind
    if (found.kind === 'failed' && !isRepeated)
      this.#settings.log.warn(
        { name: text, error: errorText(found.error) },
        'failed to look up an external name',
      )
    if (!isSame) this.#settings.changed(text)
    if (noteOf(before) !== noteOf(name.known)) {
      this.#settings.noted(text, before, name.known)
      if (isWrong(before) || isWrong(name.known))
        this.#settings.touch('DNS says something else of an external name')
    }
    if (found.kind === 'found') {
      const ttl = Math.min(longestTtl, ...found.records.map((record) => record.ttl))
      return Math.max(leastTtl, ttl)
    }
    const first = found.kind === 'none' ? firstEmptyRetry : firstRetry
    return Math.min(lastRetry, first * 2 ** (name.tries - 1))
  }

  #knownOf(before: KnownName, found: LookedUp, names: readonly string[]): KnownName {
    switch (found.kind) {
      case 'found':
        return { fullName: found.name, problem: undefined, ...this.#sorted(found.records) }
      case 'none': {
        const others = names.length > 1 ? ` (asked for ${names.join(', ')})` : ''
        return { ...unknown, addresses: [], problem: `DNS knows no address of it${others}` }
      }
      case 'failed':
        return before.addresses === undefined
          ? { ...unknown, problem: 'no DNS server answers for it' }
          : before
    }
  }

  #sorted(records: readonly RecordWithTtl[]): Pick<KnownName, 'addresses' | 'leftOut'> {
    const addresses = new Set<string>()
    const leftOut = new Set<string>()
    for (const { address } of records) {
      const allowed = allowedExternalAddress(address, this.#settings.options)
      if (allowed === undefined) leftOut.add(address)
      else addresses.add(allowed)
    }
    return {
      addresses: [...addresses].sort().slice(0, mostExternalAddresses),
      leftOut: [...leftOut].sort(),
    }
  }
}

interface Name {
  known: KnownName
  /** What the last look came to, and how often in a row. */
  kind?: LookedUp['kind']
  tries: number
  timer?: NodeJS.Timeout
  readonly first: PromiseWithResolvers<void>
}

const unknown: KnownName = {
  addresses: undefined,
  fullName: undefined,
  leftOut: [],
  problem: undefined,
}

const isWrong = ({ leftOut, problem }: KnownName): boolean =>
  leftOut.length > 0 || problem !== undefined

/** Of a name, in a few words: what it stands for, or what is wrong with it. */
export function noteOf({ fullName, leftOut, problem }: KnownName): string {
  const without = leftOut.length === 0 ? '' : `, without ${leftOut.join(', ')}`
  return problem ?? `${fullName ?? 'being looked up'}${without}`
}
