/**
 * The DNS server that tells nginx where the endpoints are.
 *
 * nginx asks for the SRV records of each upstream's name, again and again. The first question is
 * answered at once; one that repeats is held until the answer is another than the client was told, or
 * some seconds pass. So a change is in force as soon as it is known, and there is little to say
 * meanwhile. nginx keeps the endpoints it has whenever it gets no answer, or a failure.
 */
import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'
import type { Answer } from './answer.ts'
import { Clients } from './clients.ts'
import { Expectations } from './expectations.ts'
import { Held } from './held.ts'
import { listen } from './listeners.ts'
import type { Address, Listeners, Reply } from './listeners.ts'
import { Pace } from './pace.ts'
import {
  answerTo,
  failures,
  longestDatagram,
  longestMessage,
  questionIn,
  refusalOf,
  section,
} from './packet.ts'
import type { Question } from './packet.ts'
import { Zone } from './zone.ts'
import type { Entry } from './zone.ts'

export interface ResolverSettings {
  /** On loopback. Several, because each is a socket of nginx's own, with room for answers of its own. */
  readonly addresses: readonly Address[]
  readonly log: Logger
  /**
   * How long a repeated question waits, by chance between the two. nginx asks anew when its clock of
   * whole seconds says that 5 have passed, which may be little more than 4.
   */
  readonly holdMs?: readonly [least: number, most: number]
}

export interface Resolver {
  readonly addresses: readonly Address[]
  /** What was done since the start. */
  readonly counts: Readonly<Counts>
  /** All that is to be answered. A name that left is answered as before until it is forgotten. */
  set(answers: ReadonlyMap<string, Answer>): void
  /** Names whose answers are still being looked for: questions for them wait for `change`. */
  expect(names: ReadonlySet<string>): void
  /** Some of what is to be answered, ahead of `set`: names that are known already. */
  change(answers: ReadonlyMap<string, Answer>): void
  forget(names: Iterable<string>): void
  /** Whether, from this call on and before `signal`, every one of `names` was asked for and answered. */
  answered(names: Iterable<string>, signal: AbortSignal): Promise<boolean>
  /** Whether every one of `names` was asked for and answered since then, by `performance.now`. */
  hasAnswered(names: Iterable<string>, since: number): boolean
  close(): Promise<void>
}

export interface Counts {
  questions: number
  answers: number
  held: number
  failures: number
  refused: number
}

const servicePrefix = '_http._tcp.'
const answersPerMs = 50
/** A target's addresses are part of its name. */
const targetTtl = 86_400

/** From an answer to the next question; the upper end is for a busy machine. */
const workersPauseMs = [998, 1_250] as const

/** A question for the endpoints of `name`, and who asks; `client` is empty over TCP. */
interface Asked {
  readonly name: string
  readonly client: string
  readonly question: Question
  readonly reply: Reply
  readonly most: number
}

/** Rejects if an address is taken. */
export async function startResolver(settings: ResolverSettings): Promise<Resolver> {
  const { addresses, log, holdMs = [2_800, 3_900] } = settings
  const zone = new Zone()
  const clients = new Clients()
  const pace = new Pace(answersPerMs)
  const counts: Counts = { questions: 0, answers: 0, held: 0, failures: 0, refused: 0 }
  const expectations = new Expectations()
  let isSet = false
  let expected: ReadonlySet<string> = new Set()
  const mayCome = (name: string): boolean => !isSet || expected.has(name)

  const refuse = (question: Question, code: number, reply: Reply): void => {
    if (code === failures.refused) counts.refused++
    else counts.failures++
    reply(refusalOf(question, code))
  }
  const noteAnswered = (entry: Entry): void => {
    entry.answeredAt = performance.now()
    expectations.met(entry.name)
  }

  const answerService = ({ name, question, reply, most, client }: Asked): void => {
    const entry = zone.get(name)
    if (entry === undefined) {
      refuse(question, mayCome(name) ? failures.serverFailure : failures.refused, reply)
      return
    }
    if (client !== '') clients.tell(client, entry.id, entry.version)
    entry.toldAt = performance.now()
    counts.answers++
    reply(answerTo(question, entry.srv, most))
  }

  const held = new Held<Asked>((asked) => pace.do(() => answerService(asked)))
  const hold = (asked: Asked): void => {
    counts.held++
    const [least, most] = holdMs
    held.add(asked, least + Math.random() * (most - least))
  }
  const wake = (name: string): void => {
    for (const asked of held.take(name)) pace.do(() => answerService(asked))
  }

  const answerTarget = (question: Question, reply: Reply, most: number): void => {
    const found = zone.target(question.name)
    if (found === undefined) {
      refuse(question, isSet ? failures.refused : failures.serverFailure, reply)
      return
    }
    const isV6 = question.type === 'AAAA'
    const records = isV6 ? found.target.v6 : found.target.v4
    counts.answers++
    reply(answerTo(question, section(isV6 ? 'AAAA' : 'A', targetTtl, records), most))
    noteAnswered(found.entry)
  }

  /** Whether the worker that asks was told already, if over another of its sockets. */
  const knows = (client: string, entry: Entry): boolean => {
    const now = performance.now()
    const firstAt = clients.seen(client, now)
    if (clients.told(client, entry.id) === entry.version) return true
    // A worker has one question of a name under way, and pauses for a second after an answer. So one
    // that comes after just that pause is from the worker that was told last.
    const pauseMs = now - entry.toldAt
    const [least, most] = workersPauseMs
    return pauseMs >= least && pauseMs <= most && firstAt < entry.toldAt && !held.has(entry.name)
  }

  const ask = (message: Buffer, reply: Reply, most: number, client: string): void => {
    counts.questions++
    const question = questionIn(message)
    if (question === undefined) return
    const isService = question.type === 'SRV' && question.name.startsWith(servicePrefix)
    if (isService) {
      const name = question.name.slice(servicePrefix.length)
      const asked = { name, client, question, reply, most }
      const entry = zone.get(name)
      const mayWait = entry === undefined ? mayCome(name) : client !== '' && knows(client, entry)
      if (mayWait) hold(asked)
      else answerService(asked)
    } else if (question.type === 'A' || question.type === 'AAAA')
      answerTarget(question, reply, most)
    else refuse(question, failures.refused, reply)
  }

  const listeners: Listeners = {
    onDatagram: (message, client, reply) =>
      pace.do(() => ask(message, reply, longestDatagram, client)),
    onMessage: (message, reply) => ask(message, reply, longestMessage, ''),
    onError: (error) => log.warn({ error: errorText(error) }, 'failed to answer a DNS question'),
  }

  const listening = await listen(addresses, listeners)
  const change = (answers: ReadonlyMap<string, Answer>): void => {
    for (const [name, answer] of answers) if (zone.put(name, answer) !== undefined) wake(name)
  }
  return {
    addresses,
    counts,
    change,
    expect: (names) => {
      expected = names
    },
    set: (answers) => {
      const isFirst = !isSet
      isSet = true
      change(answers)
      if (isFirst) for (const name of held.names()) wake(name)
    },
    forget: (names) => {
      for (const name of names) {
        zone.delete(name)
        wake(name)
      }
    },
    hasAnswered: (names, since) => {
      for (const name of names) if ((zone.get(name)?.answeredAt ?? since) < since) return false
      return true
    },
    answered: (names, signal) => expectations.of(names, signal),
    close: async () => {
      expectations.giveUp()
      pace.stop()
      held.stop()
      await listening.close()
    },
  }
}
