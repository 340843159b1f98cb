/**
 * Keeps nginx's endpoints those of the cluster without a reload.
 *
 * The configuration names the endpoints of an upstream, and the resolver answers. So a change of
 * EndpointSlices goes to the resolver as soon as it is known, past the loop. An upstream that nginx does
 * not have yet starts without endpoints, so it is made known to nginx before requests are sent there; one
 * that leaves is answered for until the last worker that may use it is gone.
 */
import { uptime } from 'node:os'
import { join } from 'node:path'
import type { ObjectSource } from '../cluster/source.ts'
import type { Logger } from '../log.ts'
import type { Config } from '../model/config.ts'
import { unavailableHost, unavailableTlsHost } from '../model/loopback.ts'
import type { Instance } from '../nginx/instance.ts'
import { accepts, again, isSame, workersOf } from '../nginx/processes.ts'
import type { ProcessId } from '../nginx/processes.ts'
import type { Outcome } from '../nginx/publish.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import type { Bundle } from '../render/bundle.ts'
import type { Answer, Endpoint } from '../resolver/answer.ts'
import type { Resolver } from '../resolver/resolver.ts'
import { endpointsNow } from '../translate/named-endpoints.ts'
import type { NamedEndpoints, Translation, TranslateOptions } from '../translate/translation.ts'
import { EndpointsFile } from './endpoints-file.ts'
import { movesTo, withUpstreamsOf, withoutClients } from './stages.ts'

export interface EndpointUpdatesSettings {
  readonly resolver: Resolver
  readonly source: Pick<ObjectSource, 'snapshot' | 'onChange'>
  readonly options: TranslateOptions
  readonly render: (config: Config) => Bundle
  readonly publish: (bundle: Bundle) => Promise<Outcome>
  readonly instance: Pick<Instance, 'master'>
  /** There is no bundle yet, so no nginx serves clients. */
  readonly isCold: boolean
  /** Asks for another pass. */
  readonly touch: () => void
  readonly log: Logger
}

/** How long nginx may take to ask for the endpoints of new upstreams. */
const patienceMs = 5_000
const sweepMs = 1_000
/** Start times of processes are no finer than that. */
const clockGrainMs = 20

export class EndpointUpdates {
  readonly #settings: EndpointUpdatesSettings
  readonly #file: EndpointsFile
  /** What the resolver was told, names that leave among it. */
  #told = new Map<string, NamedEndpoints>()
  #wanted: ReadonlySet<string> = new Set()
  #snapshot: Snapshot | undefined
  /** What nginx serves, as far as this process knows. */
  #served: { readonly config: Config; readonly names: ReadonlySet<string> } | undefined
  #isCold: boolean
  #isWarming = false
  #isClosed = false
  #toldMaster: ProcessId | undefined
  #firstStep: string | undefined
  #leaving: readonly Leaving[] = []
  #sweep: NodeJS.Timeout | undefined

  constructor(settings: EndpointUpdatesSettings) {
    this.#settings = settings
    this.#isCold = settings.isCold
    this.#file = new EndpointsFile(join(settings.options.stateDir, 'endpoints'), settings.log)
    settings.source.onChange(() => this.#follow())
  }

  /** The digest of the last bundle that serves no client yet, if there was one. */
  get firstStep(): string | undefined {
    return this.#firstStep
  }

  /** Whether an nginx that started after this program has its endpoints by now. */
  hasTold(master: ProcessId): boolean {
    if (this.#toldMaster !== undefined && isSame(this.#toldMaster, master)) return true
    const ageMs = 1_000 * uptime() - 10 * Number(master.startTime)
    const since = performance.now() - ageMs
    const isOld = since < 0 || ageMs > 2 * patienceMs
    if (!isOld && !this.#settings.resolver.hasAnswered(this.#wanted, since - clockGrainMs))
      return false
    this.#toldMaster = master
    return true
  }

  start(): Promise<void> {
    return this.#settings.resolver.start()
  }

  /** What a pass found, before it is published. */
  take({ endpoints }: Translation): void {
    const isFirst = this.#snapshot === undefined
    this.#snapshot = this.#settings.source.snapshot()
    this.#wanted = new Set(endpoints.keys())
    this.#tell(
      [...endpoints.values()].filter((each) => this.#told.get(each.name) !== each),
      isFirst,
    )
  }

  /** Publishes `bundle`, in two steps where requests would reach an upstream without endpoints. */
  async publish(bundle: Bundle, { config, endpoints }: Translation): Promise<Outcome> {
    const { resolver, publish, render } = this.#settings
    if (this.#isCold && endpoints.size > 0) {
      this.#warm([...endpoints.keys()])
      const first = render(withoutClients(config))
      this.#firstStep = first.digest
      return publish(first)
    }
    this.#isCold = false
    const before = this.#served
    const fresh = [...endpoints.values()].filter(({ name }) => !(before?.names.has(name) ?? false))
    const upstreams = new Set<string>(fresh.map(({ upstream }) => upstream))
    let ms = 0
    if (before !== undefined && movesTo(upstreams, before.config, config)) {
      const answered = resolver.answered(
        fresh.map(({ name }) => name),
        patienceMs,
      )
      const stage = await publish(render(withUpstreamsOf(before.config, config)))
      // Where it fails the whole bundle fails as well, and that is reported.
      if (stage.kind === 'published') {
        ms = stage.ms
        await answered
      }
    }
    const outcome = await publish(bundle)
    if (outcome.kind !== 'published' && outcome.kind !== 'unchanged') return outcome
    this.#served = { config, names: new Set(endpoints.keys()) }
    this.#release()
    return outcome.kind === 'published' ? { ...outcome, ms: outcome.ms + ms } : outcome
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#sweep)
    this.#file.stop()
    await this.#settings.resolver.close()
  }

  /** A change of EndpointSlices, as soon as it is known. */
  #follow(): void {
    const before = this.#snapshot
    if (before === undefined) return
    const { source, options } = this.#settings
    const now = source.snapshot()
    this.#snapshot = now
    if (now.endpointSlices === before.endpointSlices) return
    const changed: NamedEndpoints[] = []
    for (const known of this.#told.values()) {
      const { service } = known
      if (now.endpointSlices.get(service) !== before.endpointSlices.get(service))
        changed.push(endpointsNow(known, now, options))
    }
    this.#tell(changed, false)
  }

  #tell(changed: readonly NamedEndpoints[], isFirst: boolean): void {
    const answers = new Map<string, Answer>()
    for (const each of changed) {
      const { name } = each
      const before = this.#told.get(name)
      this.#told.set(name, each)
      if (before !== undefined && isAlike(before, each)) continue
      answers.set(name, this.#answerOf(each))
      this.#file.put(each)
    }
    const { resolver } = this.#settings
    if (isFirst) resolver.set(answers)
    else resolver.change(answers)
  }

  #answerOf({ addresses, isHashed, isTls }: NamedEndpoints): Answer {
    const address = isTls ? unavailableTlsHost : unavailableHost
    const nowhere = { address, port: this.#settings.options.statusPort }
    return {
      endpoints: addresses.length === 0 ? [nowhere] : addresses.map(endpointOf),
      isApart: isHashed,
    }
  }

  /** Waits until nginx asked for `names`, however late it starts. */
  #warm(names: readonly string[]): void {
    if (this.#isWarming) return
    this.#isWarming = true
    const { resolver, instance, touch, log } = this.#settings
    void (async () => {
      let isAnswered = await resolver.answered(names, patienceMs)
      while (!isAnswered && instance.master === null && !this.#isClosed)
        isAnswered = await resolver.answered(names, patienceMs)
      if (this.#isClosed) return
      if (!isAnswered)
        log.warn({ names: names.length }, 'served before nginx asked for all endpoints')
      this.#isCold = false
      touch()
    })()
  }

  /** Names that left are kept for the workers that drain now. */
  #release(): void {
    const kept = new Set([...this.#wanted, ...this.#leaving.flatMap(({ names }) => names)])
    const names = [...this.#told.keys()].filter((name) => !kept.has(name))
    if (names.length > 0) this.#leaving = [...this.#leaving, { names, workers: this.#draining() }]
    if (this.#leaving.length > 0) this.#sweep ??= setTimeout(this.#forget, sweepMs).unref()
  }

  readonly #forget = (): void => {
    this.#sweep = undefined
    const over = this.#leaving.filter(isOver)
    this.#leaving = this.#leaving.filter((each) => !isOver(each))
    const names = over.flatMap((each) => each.names).filter((name) => !this.#wanted.has(name))
    this.#settings.resolver.forget(names)
    for (const name of names) {
      this.#told.delete(name)
      this.#file.delete(name)
    }
    if (this.#leaving.length > 0) this.#sweep = setTimeout(this.#forget, sweepMs).unref()
  }

  #draining(): readonly ProcessId[] {
    const { master } = this.#settings.instance
    return master === null ? [] : workersOf(master).filter((worker) => !accepts(worker))
  }
}

/** Says the same to nginx. */
const isAlike = (a: NamedEndpoints, b: NamedEndpoints): boolean =>
  a.isHashed === b.isHashed && a.isTls === b.isTls && a.addresses.join() === b.addresses.join()

interface Leaving {
  readonly names: readonly string[]
  readonly workers: readonly ProcessId[]
}

const isOver = ({ workers }: Leaving): boolean =>
  workers.every((worker) => again(worker) === undefined)

/** Of `10.0.0.1:8080` or `[fd00::1]:8080`. */
function endpointOf(text: string): Endpoint {
  const colon = text.lastIndexOf(':')
  return {
    address: text.slice(0, colon).replaceAll(/[[\]]/g, ''),
    port: Number(text.slice(colon + 1)),
  }
}
