/**
 * The loop brings what the cluster says to nginx.
 *
 * Events only mark the world as changed. Very soon after the first of them one pass starts: take the
 * Snapshot, translate it, render it, publish the bundle. If something else changes before nginx is told
 * to reload, the pass ends there, and the next one starts when changes have been quiet for a moment (and
 * never much later than the first of them). A pass is a full rebuild, so it does not matter which events
 * came, in which order, or whether some came twice; what comes during a reload is the next pass. At most
 * one pass runs.
 *
 * Nothing is translated before everything was read once. After that the last good configuration keeps
 * serving, whatever a pass comes to: a bundle that nginx refuses waits for the next change, one that
 * nginx does not confirm is tried again, and a bug of ours is logged, counted and tried again.
 */
import type { ObjectSource } from '../cluster/source.ts'
import type { Diagnostic } from '../diagnostics.ts'
import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'
import type { Outcome } from '../nginx/publish.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import type { Bundle } from '../render/bundle.ts'
import type { Translation } from '../translate/translation.ts'
import { Changes } from './changes.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { backOffMs } from './pacing.ts'
import type { Brought, Pass } from './pass.ts'
import { PassStart } from './pass-start.ts'
import type { PassStartSettings } from './pass-start.ts'
import { rejection } from './rejection.ts'
import type { RefusedKeys } from './refused-keys.ts'
import { Reports } from './reports.ts'

export interface LoopSettings extends PassStartSettings {
  readonly source: Pick<ObjectSource, 'synced' | 'snapshot' | 'onChange'>
  readonly translate: (snapshot: Snapshot) => Translation | Promise<Translation>
  readonly render: (translation: Translation) => Bundle
  /** nginx is to reload only if `goesOn`, once it is asked. */
  readonly publish: (
    bundle: Bundle,
    translation: Translation,
    goesOn: () => Promise<boolean>,
  ) => Promise<Outcome>
  /** Whether nginx answers `digest`, asked for a short time. */
  readonly serves: (digest: string) => Promise<boolean>
  /** What `translate` leaves out because nginx refuses it. */
  readonly refused?: Pick<RefusedKeys, 'learn' | 'retryAt'>
  readonly log: Logger
  readonly clock?: Clock
}

const never = Number.POSITIVE_INFINITY
/** A refused bundle may be asked about again after this long, but only if something changed. */
const rejectionMs = 30_000
/** While nginx is not there yet it is asked this often at least. */
const longestQuestionGapMs = 1_000
const questionsPerPass = 10

export class Loop {
  readonly #settings: LoopSettings
  readonly #clock: Clock
  readonly #reports: Reports
  readonly #passListeners: ((pass: Pass) => void)[] = []
  readonly #confirmListeners: ((digest: string) => void)[] = []

  readonly #changes: Changes
  readonly #passStart: PassStart
  readonly #reasons = new Set<string>()
  /** Resolved where there is something to do earlier than it seemed. */
  #sooner = Promise.withResolvers<void>()

  #number = 0
  #failures = 0
  /** The last pass ended because something had changed meanwhile. */
  #isOvertaken = false
  #questions = 0
  /** When a pass that did not succeed is tried again. */
  #passAt = never
  /** When nginx is asked about what is pending. */
  #confirmAt = never
  #rejected: { readonly outcome: Outcome; readonly at: number } | undefined
  /** On disk, and not yet said by nginx to be what it serves. */
  #pending: string | undefined
  #confirmed: string | undefined

  constructor(settings: LoopSettings) {
    this.#settings = settings
    this.#clock = settings.clock ?? systemClock
    this.#reports = new Reports(settings.log)
    this.#changes = new Changes(this.#clock)
    this.#passStart = new PassStart(settings, this.#changes, this.#clock)
    settings.source.onChange((changes) => this.#changes.add(changes))
  }

  /** The digest that nginx last said it serves; undefined before the first and while in doubt. */
  get confirmed(): string | undefined {
    return this.#confirmed
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#reports.all
  }

  /** Called after every pass that was not overtaken. */
  onPass(listener: (pass: Pass) => void): void {
    this.#passListeners.push(listener)
  }

  /** Called when nginx said that it serves a bundle, at once or some time after the pass. */
  onConfirmed(listener: (digest: string) => void): void {
    this.#confirmListeners.push(listener)
  }

  /** Something that a pass depends on has changed, beside the objects: `reason` says what, in the past tense. */
  touch(reason: string): void {
    this.#reasons.add(reason)
    this.#changes.add()
  }

  /** nginx was started anew, so what it serves is in doubt until it says so. */
  doubt(): void {
    this.#pending ??= this.#confirmed
    this.#confirmed = undefined
    this.#confirmAt = this.#clock.now()
    this.#sooner.resolve()
  }

  /** Makes passes until `signal`; a pass that runs then is finished first. */
  async start(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => {
      aborted.resolve()
      this.#sooner.resolve()
    })
    if (!signal.aborted) await Promise.race([this.#settings.source.synced, aborted.promise])
    if (!signal.aborted) await this.#pass(signal)

    while (!signal.aborted) {
      this.#sooner = Promise.withResolvers<void>()
      const now = this.#clock.now()
      if (!this.#changes.isEmpty || this.#passAt <= now) {
        await this.#passStart.wait(!this.#isOvertaken, signal)
        if (!signal.aborted) await this.#pass(signal)
      } else if (this.#pending !== undefined && this.#confirmAt <= now) {
        await this.#confirmPending(this.#pending)
      } else {
        const next = Math.min(this.#passAt, this.#pending === undefined ? never : this.#confirmAt)
        await this.#wait(next - now)
      }
    }
  }

  /** Until `ms` are over, something has changed, or the loop is to stop. */
  async #wait(ms: number): Promise<void> {
    const timer = new AbortController()
    const woken = [this.#changes.next, this.#sooner.promise]
    if (ms !== never) woken.push(this.#clock.sleep(ms, timer.signal))
    await Promise.race(woken)
    timer.abort()
  }

  async #pass(signal: AbortSignal): Promise<void> {
    const started = this.#clock.now()
    const changes = this.#changes.take()
    const reasons = [...this.#reasons]
    this.#reasons.clear()
    this.#passAt = never
    const number = ++this.#number

    let result: Pass['result']
    let servers = 0
    let found: readonly Diagnostic[] | undefined
    try {
      const { refused } = this.#settings
      let outcome: Outcome
      do {
        const translation = await this.#settings.translate(this.#settings.source.snapshot())
        found = translation.diagnostics
        servers = translation.config.servers.length
        const bundle = this.#settings.render(translation)
        outcome = await this.#bring(bundle, translation, signal)
      } while (outcome.kind === 'rejected' && refused?.learn(outcome) === true)
      this.#passAt = refused?.retryAt ?? never
      this.#isOvertaken = outcome.kind === 'overtaken'
      if (outcome.kind === 'overtaken') {
        this.#changes.putBack()
        for (const reason of reasons) this.#reasons.add(reason)
        this.#number--
        this.#settings.log.debug({ number }, 'overtaken by changes')
        return
      }
      result = outcome
      this.#follow(result, servers)
      if (result.kind === 'rejected') found = [...found, rejection(result)]
    } catch (error) {
      result = { kind: 'failed', error }
      this.#failures++
      this.#retryLater()
      this.#settings.log.error(
        {
          error: errorText(error),
          stack: error instanceof Error ? error.stack : undefined,
          number,
        },
        'failed a pass',
      )
    }
    // A pass that failed says nothing about the input.
    const { added, resolved } = this.#reports.replace(found ?? this.#reports.all)
    const ms = Math.round(this.#clock.now() - started)
    this.#settings.log.debug({ number, result: result.kind, changes: changes.length, ms }, 'passed')
    const pass: Pass = { number, changes, reasons, result, added, resolved, servers, ms }
    for (const listener of this.#passListeners) listener(pass)
  }

  async #bring(bundle: Bundle, translation: Translation, signal: AbortSignal): Promise<Outcome> {
    const { digest } = bundle
    if (digest === this.#confirmed) return { kind: 'unchanged', digest }
    const refused = this.#rejected
    if (refused?.outcome.digest === digest && this.#clock.now() - refused.at < rejectionMs)
      return refused.outcome
    this.#rejected = undefined
    // Not twice in a row, and not before nginx has anything: changes that never end must not be in the way.
    const isFinal = this.#isOvertaken || this.#confirmed === undefined
    const { areEndpointsTold = false } = this.#settings
    const goesOn = async (): Promise<boolean> =>
      isFinal ||
      (await this.#changes.wereLast(signal)) ||
      (areEndpointsTold && this.#changes.areEndpoints)
    return this.#settings.publish(bundle, translation, goesOn)
  }

  /** What an outcome means for the passes to come. */
  #follow(outcome: Brought, servers: number): void {
    const { log } = this.#settings
    const { digest } = outcome
    switch (outcome.kind) {
      case 'published': {
        this.#passStart.reloaded(outcome.ms)
        log.info({ digest, servers, ms: outcome.ms }, 'published')
        this.#confirm(digest)
        break
      }
      case 'unchanged':
        this.#failures = 0
        if (digest !== this.#confirmed) this.#await(digest)
        break
      case 'prepared':
        if (digest !== this.#pending) log.info({ digest, servers }, 'prepared')
        this.#await(digest)
        break
      case 'rejected':
        // The report says it; here only: not again before something changes.
        this.#rejected ??= { outcome, at: this.#clock.now() }
        break
      case 'unconfirmed':
        this.#confirmed = undefined
        this.#pending = undefined
        this.#failures++
        this.#retryLater()
        log.error({ digest, reason: outcome.reason }, 'published without confirmation')
        break
    }
  }

  #await(digest: string): void {
    this.#confirmed = undefined
    if (digest !== this.#pending) this.#questions = 0
    this.#pending = digest
    this.#confirmAt = this.#clock.now()
  }

  async #confirmPending(digest: string): Promise<void> {
    const isServed = await this.#settings.serves(digest).catch((error: unknown) => {
      this.#settings.log.error({ error: errorText(error) }, 'failed to ask nginx')
      return false
    })
    if (this.#pending !== digest) return
    if (isServed) this.#confirm(digest)
    else {
      const now = this.#clock.now()
      this.#confirmAt = now + Math.min(longestQuestionGapMs, 20 * ++this.#questions)
      // An nginx that was adopted serves what it had; publishing once more brings it up to date.
      if (this.#questions % questionsPerPass === 0) this.#passAt = now
    }
  }

  #confirm(digest: string): void {
    this.#failures = 0
    if (this.#pending === digest) this.#settings.log.info({ digest }, 'confirmed')
    this.#pending = undefined
    this.#confirmed = digest
    for (const listener of this.#confirmListeners) listener(digest)
  }

  #retryLater(): void {
    this.#passAt = this.#clock.now() + backOffMs(this.#failures)
  }
}
