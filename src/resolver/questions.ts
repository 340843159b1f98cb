import { Clients } from './clients.ts'
import { Held } from './held.ts'
import type { Waiting } from './held.ts'
import type { Reply } from './listeners.ts'
import { Pace } from './pace.ts'
import {
  answerTo,
  bytesOf,
  longestDatagram,
  longestMessage,
  questionIn,
  refusalOf,
  section,
} from './packet.ts'
import type { Question } from './packet.ts'
import { relation, withTelling } from './tellings.ts'
import type { Zone } from './zone.ts'

export interface Counts {
  questions: number
  answers: number
  held: number
  /** Of the questions, those that nginx sent again while they were held. */
  repeated: number
  refused: number
}

export interface QuestionsSettings {
  readonly zone: Zone
  readonly holdMs: readonly [least: number, most: number]
  /** nginx has got all that it needs of a name. */
  readonly answered: (name: string) => void
}

const servicePrefix = '_http._tcp.'
const answersPerMs = 50
/** A target's addresses are part of its name. */
const targetTtl = 86_400

/** A question for the endpoints of `name`. */
interface Asked extends Waiting {
  readonly question: Question
  /** The way back for the last time that it was sent. */
  reply: Reply
  readonly most: number
  /** When it was held long enough. */
  readonly until: number
}

/** What becomes of each question. */
export class Questions {
  readonly counts: Counts = { questions: 0, answers: 0, held: 0, repeated: 0, refused: 0 }
  readonly #settings: QuestionsSettings
  readonly #clients = new Clients()
  readonly #held = new Held<Asked>()
  readonly #pace = new Pace(answersPerMs)
  /** What the zone does not have does not exist. */
  #isComplete = false

  constructor(settings: QuestionsSettings) {
    this.#settings = settings
  }

  /** `client` is who asks. */
  datagram(message: Buffer, client: number, reply: Reply): void {
    this.counts.questions++
    const now = performance.now()
    const seenSince = this.#clients.seen(client, now)
    // Looked at first, since all names may be sent again at once.
    const held = this.#held.again(bytesOf(message), now)
    if (held === undefined) {
      this.#pace.do(() => this.#ask(message, reply, seenSince))
      return
    }
    this.counts.repeated++
    held.reply = reply
    if (now < held.until) return
    this.#held.release(held)
    this.#pace.do(() => this.#answerService(held))
  }

  /** What did not fit into a datagram is asked for once more, and always answered. */
  overTcp(message: Buffer, reply: Reply): void {
    this.counts.questions++
    this.#pace.do(() => this.#ask(message, reply, undefined))
  }

  /** The answer for `name` is another than before. */
  changed(name: string): void {
    if (this.#settings.zone.get(name) === undefined) return
    for (const asked of this.#held.take(name)) this.#pace.do(() => this.#answerService(asked))
  }

  /** From now on the zone has all that there is. */
  complete(): void {
    this.#isComplete = true
    for (const name of this.#held.names()) this.changed(name)
  }

  stop(): void {
    this.#pace.stop()
  }

  /** `seenSince`: since when the client asks. Over TCP there is none, and every question is answered. */
  #ask(message: Buffer, reply: Reply, seenSince: number | undefined): void {
    const question = questionIn(message)
    if (question === undefined) return
    const most = seenSince === undefined ? longestMessage : longestDatagram
    if (question.type === 'SRV' && question.name.startsWith(servicePrefix)) {
      const name = question.name.slice(servicePrefix.length)
      const asked = { name, bytes: bytesOf(message), question, reply, most, until: this.#until() }
      if (seenSince === undefined) this.#answerService(asked)
      else this.#answerOrHold(asked, seenSince)
    } else if (question.type === 'A' || question.type === 'AAAA')
      this.#answerTarget(question, reply, most)
    else this.#refuse(question, reply)
  }

  #until(): number {
    const [least, most] = this.#settings.holdMs
    return performance.now() + least + Math.random() * (most - least)
  }

  #answerOrHold(asked: Asked, seenSince: number): void {
    const now = performance.now()
    const entry = this.#settings.zone.get(asked.name)
    if (entry === undefined) {
      this.#hold(asked, now)
      return
    }
    const { kind, rest } = relation(entry.told, asked.question.id, seenSince, now)
    entry.told = rest
    if (kind === 'after') this.#hold(asked, now)
    else if (kind !== 'crossing') this.#answerService(asked)
  }

  #hold(asked: Asked, now: number): void {
    this.counts.held++
    this.#held.add(asked, now)
  }

  #answerService({ name, question, reply, most }: Asked): void {
    const entry = this.#settings.zone.get(name)
    if (entry === undefined) return
    entry.told = withTelling(entry.told, question.id, performance.now())
    this.counts.answers++
    reply(answerTo(question, entry.srv, most))
  }

  #answerTarget(question: Question, reply: Reply, most: number): void {
    const found = this.#settings.zone.target(question.name)
    if (found === undefined) {
      if (this.#isComplete) this.#refuse(question, reply)
      return
    }
    const isV6 = question.type === 'AAAA'
    const records = isV6 ? found.target.v6 : found.target.v4
    const ttl = found.isLasting ? targetTtl : 0
    this.counts.answers++
    reply(answerTo(question, section(isV6 ? 'AAAA' : 'A', ttl, records), most))
    found.entry.answeredAt = performance.now()
    this.#settings.answered(found.entry.name)
  }

  #refuse(question: Question, reply: Reply): void {
    this.counts.refused++
    reply(refusalOf(question))
  }
}
