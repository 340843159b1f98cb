import type { Outcome } from '../nginx/publish.ts'
import { complaintOf, keysAt } from '../nginx/place.ts'
import type { ConfigMap } from '../objects/kinds.ts'
import type { Key } from '../objects/meta.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'

export type Rejected = Extract<Outcome, { readonly kind: 'rejected' }>

interface Refusal {
  /** The value that nginx refused; another one is tried at once. */
  readonly text: string
  readonly words: string
  /** The same one is tried again after this time, which doubles each time that nginx refuses it. */
  readonly pauseMs: number
  readonly until: number
}

const shortestPauseMs = 60_000
const longestPauseMs = 3_600_000
const never = Number.POSITIVE_INFINITY

/**
 * What nginx refuses of the ConfigMap for a reason that is not in its text: a log file that cannot be
 * opened, a name that does not resolve, a directive of a module that is not there. One such key would keep
 * every change from everybody, so it counts as one that cannot be read: nginx's complaint leads to a line of
 * the configuration, and behind that stands the key.
 */
export class RefusedKeys {
  readonly #key: Key | undefined
  readonly #clock: Clock
  readonly #refusals = new Map<string, Refusal>()
  #configMap: ConfigMap | undefined
  /** Stays the same object while it says the same. */
  #told: ConfigMap | undefined

  constructor(configmap: Key | undefined, clock: Clock = systemClock) {
    this.#key = configmap
    this.#clock = clock
  }

  /** When a refused key is to be tried again. */
  get retryAt(): number {
    const now = this.#clock.now()
    return Math.min(
      never,
      ...[...this.#refusals.values()].map(({ until }) => until).filter((until) => until > now),
    )
  }

  /** `snapshot`, whose ConfigMap tells which of its keys nginx refuses. */
  told(snapshot: Snapshot): Snapshot {
    const key = this.#key
    const configMap = key === undefined ? undefined : snapshot.configMaps.get(key)
    this.#configMap = configMap
    if (key === undefined || configMap === undefined) return snapshot
    for (const [name, { text }] of this.#refusals)
      if (configMap.data.get(name) !== text) this.#refusals.delete(name)
    const now = this.#clock.now()
    const refused = new Map(
      [...this.#refusals]
        .filter(([, { until }]) => until > now)
        .map(([name, { words }]): [string, string] => [name, words]),
    )
    if (refused.size === 0) return snapshot
    if (this.#told?.data !== configMap.data || !isEqual(this.#told.refused, refused))
      this.#told = { ...configMap, refused }
    return { ...snapshot, configMaps: new Map([...snapshot.configMaps, [key, this.#told]]) }
  }

  /** Whether `outcome` is because of a key that was not known to be refused. */
  learn({ stderr, place }: Rejected): boolean {
    const now = this.#clock.now()
    const words = complaintOf(stderr)
      .replace(/^\[\w+\] /, '')
      .replace(/ in \/.+:\d+$/, '')
    let isNew = false
    for (const name of place === undefined ? [] : keysAt(place)) {
      const text = this.#configMap?.data.get(name)
      const before = this.#refusals.get(name)
      if (text === undefined || (before !== undefined && before.until > now)) continue
      const pauseMs =
        before === undefined ? shortestPauseMs : Math.min(longestPauseMs, 2 * before.pauseMs)
      this.#refusals.set(name, { text, words, pauseMs, until: now + pauseMs })
      isNew = true
    }
    return isNew
  }
}

const isEqual = (
  a: ReadonlyMap<string, string> | undefined,
  b: ReadonlyMap<string, string>,
): boolean => a?.size === b.size && [...b].every(([key, value]) => a.get(key) === value)
