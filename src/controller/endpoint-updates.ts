/**
 * Keeps nginx's endpoints those of the cluster without a reload.
 *
 * The configuration names the endpoints of an upstream, and the resolver answers. So a change of
 * EndpointSlices goes to the resolver as soon as it is known, past the loop. An upstream that nginx does
 * not have yet would start without endpoints, so its first bundle lists them, too; one that leaves is
 * answered for until the last worker that may use it is gone.
 */
import { uptime } from 'node:os'
import { join } from 'node:path'
import { differing } from '../cluster/shared-map.ts'
import type { ObjectSource } from '../cluster/source.ts'
import type { Logger } from '../log.ts'
import type { Config } from '../model/config.ts'
import type { Instance } from '../nginx/instance.ts'
import { accepts, again, isSame, workersOf } from '../nginx/processes.ts'
import type { ProcessId } from '../nginx/processes.ts'
import type { Outcome } from '../nginx/publish.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import type { Bundle } from '../render/bundle.ts'
import type { Answer } from '../resolver/answer.ts'
import type { Resolver } from '../resolver/resolver.ts'
import { endpointText } from '../translate/backends/endpoints.ts'
import { endpointsNow } from '../translate/backends/named-endpoints.ts'
import type { NamedEndpoints, Translation, TranslateOptions } from '../translate/translation.ts'
import { answerOf, isAlike } from './answers.ts'
import { EmptyUpstreams } from './empty-upstreams.ts'
import { EndpointsFile } from './endpoints-file.ts'
import { ExternalNames } from './external-names.ts'
import type { ResolvConf } from './resolv-conf.ts'
import { withAddresses } from './with-addresses.ts'

export interface EndpointUpdatesSettings {
  readonly resolver: Resolver
  readonly source: Pick<ObjectSource, 'snapshot' | 'onChange'>
  readonly options: TranslateOptions
  readonly resolvConf: ResolvConf
  readonly render: (config: Config) => Bundle
  readonly publish: (bundle: Bundle, goesOn: () => Promise<boolean>) => Promise<Outcome>
  readonly instance: Pick<Instance, 'master'>
  /** There is no bundle yet, so no nginx serves clients. */
  readonly isCold: boolean
  /** Asks for another pass. */
  readonly touch: (reason: string) => void
  readonly log: Logger
}

/** How long readiness waits for an nginx to ask for its endpoints. */
const patienceMs = 10_000
/** How long a new bundle waits for the DNS servers of names outside the cluster. */
const lookUpMs = 500
/** From when nginx was told of new upstreams to the reload that takes their lists away. */
const settleMs = 1_000
const sweepMs = 1_000
/** Start times of processes are no finer than that. */
const clockGrainMs = 20

export class EndpointUpdates {
  readonly externals: ExternalNames
  readonly #settings: EndpointUpdatesSettings
  readonly #file: EndpointsFile
  readonly #empty: EmptyUpstreams
  /** What the resolver was told, names that leave among it. */
  #told = new Map<string, NamedEndpoints>()
  /** Of the last pass. */
  #wanted: ReadonlyMap<string, NamedEndpoints> = new Map()
  #snapshot: Snapshot | undefined
  /** Names that nginx was told about: their upstreams need no list. */
  #settled: Set<string> | undefined
  #settling: NodeJS.Timeout | undefined
  /** Ends the wait for nginx to ask for what the last bundle listed. */
  #asking = new AbortController()
  #toldMaster: ProcessId | undefined
  #leaving: readonly Leaving[] = []
  #sweep: NodeJS.Timeout | undefined

  constructor(settings: EndpointUpdatesSettings) {
    this.#settings = settings
    this.#empty = new EmptyUpstreams(settings.options.stateDir, settings.log)
    this.externals = new ExternalNames({
      ...settings,
      changed: (name) => this.#followExternal(name),
      noted: () => this.#file.schedule(),
    })
    const path = join(settings.options.stateDir, 'endpoints')
    this.#file = new EndpointsFile(path, this.externals, settings.log)
    settings.source.onChange(() => this.#follow())
  }

  /** Whether an nginx that started after this program has its endpoints by now. */
  hasTold(master: ProcessId): boolean {
    if (this.#toldMaster !== undefined && isSame(this.#toldMaster, master)) return true
    const ageMs = 1_000 * uptime() - 10 * Number(master.startTime)
    const since = performance.now() - ageMs
    const isOld = since < 0 || ageMs > patienceMs
    if (!isOld && !this.#settings.resolver.hasAnswered(this.#settled ?? [], since - clockGrainMs))
      return false
    this.#toldMaster = master
    return true
  }

  /** What a pass found, before it is published. */
  take({ endpoints }: Translation): void {
    const isFirst = this.#snapshot === undefined
    this.#follow() // names that left are in no translation
    this.#snapshot = this.#settings.source.snapshot()
    this.#wanted = endpoints
    const found = [...endpoints.values()]
    this.externals.follow(
      new Set(found.flatMap(({ external }) => (external === undefined ? [] : [external.name]))),
    )
    this.#tell(
      found.filter((each) => this.#told.get(each.name) !== each),
      isFirst,
    )
  }

  /**
   * Publishes `bundle`. Upstreams that nginx may not have been told about yet list their endpoints, until
   * it was: then another pass brings what is the same without them.
   */
  async publish(
    bundle: Bundle,
    { config, endpoints }: Translation,
    goesOn: () => Promise<boolean>,
  ): Promise<Outcome> {
    const { publish, render } = this.#settings
    this.#settled ??= new Set(this.#settings.isCold ? [] : endpoints.keys())
    for (const name of this.#settled) if (!endpoints.has(name)) this.#settled.delete(name)
    const listed = new Map<string, readonly string[]>()
    const names: string[] = []
    const fresh = [...endpoints.values()].filter(({ name }) => !this.#settled?.has(name))
    if (fresh.some(({ external }) => external !== undefined)) await this.externals.known(lookUpMs)
    for (const { name, upstream } of fresh) {
      const told = this.#told.get(name)
      if (told === undefined) {
        this.#settled.add(name) // with nothing to list yet
        continue
      }
      names.push(name)
      listed.set(
        upstream,
        this.#answerOf(told).endpoints.map(({ address, port }) => endpointText(address, port)),
      )
    }
    if (names.length === 0) return this.#followed(await publish(bundle, goesOn))
    const giveUp = new AbortController()
    const asked = this.#settings.resolver.answered(names, giveUp.signal)
    const outcome = await publish(render(withAddresses(config, listed)), goesOn)
    if (isBad(outcome)) giveUp.abort()
    else {
      this.#asking.abort() // those names that are still there are among the present ones
      this.#asking = giveUp
      void this.#settle(asked, names)
    }
    return this.#followed(outcome)
  }

  #followed(outcome: Outcome): Outcome {
    if (!isBad(outcome)) this.#release()
    return outcome
  }

  async close(): Promise<void> {
    clearTimeout(this.#sweep)
    clearTimeout(this.#settling)
    this.#file.stop()
    this.externals.close()
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
    const services = differing(before.endpointSlices, now.endpointSlices)
    const changed: NamedEndpoints[] = []
    for (const known of this.#told.values())
      if (known.members.some(({ service }) => services.has(service)))
        changed.push(endpointsNow(known, now, options))
    this.#tell(changed, false)
  }

  #followExternal(name: string): void {
    const changed = [...this.#wanted.values()].filter(({ external }) => external?.name === name)
    this.#tell(changed, false)
  }

  #tell(changed: readonly NamedEndpoints[], isFirst: boolean): void {
    const answers = new Map<string, Answer>()
    for (const found of changed) {
      const { name } = found
      const each = this.#resolved(found)
      if (each === undefined) continue
      const before = this.#told.get(name)
      this.#told.set(name, each)
      this.#empty.set(each.upstream, each.addresses.length === 0)
      if (before !== undefined && isAlike(before, each)) continue
      answers.set(name, this.#answerOf(each))
      this.#file.put(each)
    }
    const { resolver } = this.#settings
    if (isFirst) {
      this.#empty.keepOnly(new Set([...this.#told.values()].map(({ upstream }) => upstream)))
      resolver.set(answers)
    } else resolver.change(answers)
  }

  /** With the addresses of its external name, if it has one; undefined before those are known. */
  #resolved(found: NamedEndpoints): NamedEndpoints | undefined {
    const { external } = found
    if (external === undefined) return found
    const addresses = this.externals.addressesOf(external.name)
    return (
      addresses && {
        ...found,
        addresses: addresses.map((address) => endpointText(address, external.port)),
      }
    )
  }

  readonly #answerOf = (each: NamedEndpoints): Answer =>
    answerOf(each, this.#settings.options.statusPort)

  /** Some time after nginx was told, so that many changes are one more reload. */
  async #settle(asked: Promise<boolean>, names: readonly string[]): Promise<void> {
    if (!(await asked)) return
    for (const name of names) if (this.#wanted.has(name)) this.#settled?.add(name)
    clearTimeout(this.#settling)
    const touch = (): void => this.#settings.touch('nginx knows all endpoints, and their lists go')
    this.#settling = setTimeout(touch, settleMs)
  }

  /** Names that left are kept for the workers that drain now. */
  #release(): void {
    const kept = new Set([...this.#wanted.keys(), ...this.#leaving.flatMap(({ names }) => names)])
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
      const told = this.#told.get(name)
      if (told !== undefined) this.#empty.set(told.upstream, false)
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

interface Leaving {
  readonly names: readonly string[]
  readonly workers: readonly ProcessId[]
}

const isOver = ({ workers }: Leaving): boolean =>
  workers.every((worker) => again(worker) === undefined)

const isBad = ({ kind }: Outcome): boolean =>
  kind === 'rejected' || kind === 'unconfirmed' || kind === 'overtaken'
