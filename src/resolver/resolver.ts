/**
 * The DNS server that tells nginx where the endpoints are.
 *
 * nginx asks for the SRV records of each upstream's name, again and again. The first question is
 * answered at once; the next one is held until there is something else to say. So a change is in force
 * as soon as it is known. nginx pauses for a second after each answer, in which a change has to wait,
 * so a question is held for long. Meanwhile nginx sends it again every 5 s, which is how a Sluice that
 * was started anew hears of it. No name is ever refused or said to fail: nginx keeps the endpoints it
 * has as long as there is no answer, but after a failure it would ask no sooner than its
 * `resolver_timeout`, which is longer than the longest hold.
 */
import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'
import type { Answer } from './answer.ts'
import { Expectations } from './expectations.ts'
import { listen } from './listeners.ts'
import type { Address } from './listeners.ts'
import { Questions } from './questions.ts'
import type { Counts } from './questions.ts'
import { Zone } from './zone.ts'

export interface ResolverSettings {
  /** On loopback. Several, because each is a socket of nginx's own, with room for answers of its own. */
  readonly addresses: readonly Address[]
  readonly log: Logger
  /** How long a question waits, by chance between the two. It ends when nginx sends it again. */
  readonly holdMs?: readonly [least: number, most: number]
}

export interface Resolver {
  readonly addresses: readonly Address[]
  /** What was done since the start. */
  readonly counts: Readonly<Counts>
  /** All that is to be answered. A name that left is answered as before until it is forgotten. */
  set(answers: ReadonlyMap<string, Answer>): void
  /** Some of what is to be answered: new names, and other answers for those that are known. */
  change(answers: ReadonlyMap<string, Answer>): void
  forget(names: Iterable<string>): void
  /** Whether, from this call on and before `signal`, every one of `names` was asked for and answered. */
  answered(names: Iterable<string>, signal: AbortSignal): Promise<boolean>
  /** Whether every one of `names` was asked for and answered since then, by `performance.now`. */
  hasAnswered(names: Iterable<string>, since: number): boolean
  close(): Promise<void>
}

const minuteMs = 60_000

/** Rejects if an address is taken. */
export async function startResolver(settings: ResolverSettings): Promise<Resolver> {
  const { addresses, log, holdMs = [50 * minuteMs, 60 * minuteMs] } = settings
  const zone = new Zone()
  const expectations = new Expectations()
  const answered = (name: string): void => expectations.met(name)
  const questions = new Questions({ zone, holdMs, answered })
  const listening = await listen(addresses, {
    onDatagram: (message, client, reply) => questions.datagram(message, client, reply),
    onMessage: (message, reply) => questions.overTcp(message, reply),
    onError: (error) => log.warn({ error: errorText(error) }, 'failed to answer a DNS question'),
  })
  const change = (answers: ReadonlyMap<string, Answer>): void => {
    for (const [name, answer] of answers) if (zone.put(name, answer)) questions.changed(name)
  }
  return {
    addresses,
    counts: questions.counts,
    change,
    set: (answers) => {
      change(answers)
      questions.complete()
    },
    forget: (names) => {
      for (const name of names) zone.delete(name)
    },
    hasAnswered: (names, since) => {
      for (const name of names) if ((zone.get(name)?.answeredAt ?? since) < since) return false
      return true
    },
    answered: (names, signal) => expectations.of(names, signal),
    close: async () => {
      expectations.giveUp()
      questions.stop()
      await listening.close()
    },
  }
}
