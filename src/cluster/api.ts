import type { Diagnostic } from '../diagnostics.ts'
import { byText } from '../diagnostics.ts'
import type { Logger } from '../log.ts'
import { errorText } from '../log.ts'
import type { Kind } from '../objects/kinds.ts'
import type { ApiError } from './api-error.ts'
import { connect } from './connection.ts'
import type { Connection } from './connection.ts'
import { usualTiming } from './feed.ts'
import type { Feed, Timing } from './feed.ts'
import { feedsOf, pathOf, resourceText } from './feeds.ts'
import type { Scope } from './feeds.ts'
import { follow } from './follow.ts'
import type { ApiServerSettings } from './kube-config.ts'
import { fieldsOf } from './raw.ts'
import type { Step } from './replica.ts'
import type { ObjectSource } from './source.ts'
import { Store } from './store.ts'
import type { Update } from './store.ts'
import { namespaceOf, Visibility } from './visibility.ts'

export interface ApiSettings extends ApiServerSettings, Scope {
  /** How often everything is listed anew although nothing is wrong; 0 for never. */
  readonly syncPeriodMs: number
}

/** Right after its start an API server refuses what it allows a moment later. */
const refusalsBelieved = 5

/** The cluster behind a Kubernetes API server. While the server is away, the Snapshot stays. */
export function apiSource(
  settings: ApiSettings,
  log: Logger,
  timing: Timing = usualTiming,
): ObjectSource {
  const store = new Store()
  const visibility = new Visibility(settings)
  const invalid = new Map<string, readonly Diagnostic[]>()
  const synced = Promise.withResolvers<void>()
  let isSynced = false

  /** What `steps` mean for the Snapshot. */
  function take(kind: Kind, steps: Iterable<Step>): void {
    const updates: Update[] = []
    let hasNewDiagnostics = false
    for (const [key, held] of steps) {
      const isVisible = held !== undefined && visibility.allows(kind, key, held.object)
      updates.push({ kind, key, object: isVisible ? held.object : undefined })
      const place = `${kind} ${key}`
      const diagnostics = isVisible && held.diagnostics.length > 0 ? held.diagnostics : undefined
      if (diagnostics === invalid.get(place)) continue
      hasNewDiagnostics = true
      if (diagnostics === undefined) invalid.delete(place)
      else invalid.set(place, diagnostics)
    }
    store.apply(updates, hasNewDiagnostics ? [...invalid.values()].flat().sort(byText) : undefined)
  }

  /** Namespaces began or ceased to match: their objects come and go. */
  function takeNamespaces(steps: readonly Step[], feeds: readonly Feed[]): void {
    for (const [namespace, held] of steps) visibility.setNamespace(namespace, held !== undefined)
    const touched = new Set(steps.map(([namespace]) => namespace))
    for (const { replica } of feeds) {
      if (replica.kind === 'Namespace' || replica.kind === 'IngressClass') continue
      take(
        replica.kind,
        [...replica.entries()].filter(([key]) => touched.has(namespaceOf(key))),
      )
    }
  }

  async function start(signal: AbortSignal): Promise<void> {
    if (settings.watchNamespace && settings.watchNamespaceSelector)
      throw new Error('--watch-namespace and --watch-namespace-selector exclude each other')
    const connection = await connect(settings)
    const began = performance.now()
    const feeds = feedsOf(settings, connection)
    const unread = new Set(feeds)
    const broken = new AbortController()

    function wasRead(feed: Feed): void {
      if (!unread.delete(feed) || unread.size > 0) return
      isSynced = true
      log.info({ ms: Math.round(performance.now() - began) }, 'read the cluster')
      synced.resolve()
    }

    function refused(feed: Feed, error: ApiError, times: number): void {
      const { kind } = feed.replica
      tellRefusal(kind, error, times, log)
      if (kind !== 'IngressClass') return
      if (times === refusalsBelieved && unread.has(feed)) store.setClassesReadable(false)
      if (times >= refusalsBelieved) wasRead(feed)
    }

    const { syncPeriodMs } = settings
    const both = AbortSignal.any([signal, broken.signal])
    await Promise.all([
      sayWhetherNamespaceExists(settings.watchNamespace, connection, log, signal),
      ...feeds.map(async (feed) => {
        const { kind } = feed.replica
        const listener = {
          changed: (steps: readonly Step[]) =>
            kind === 'Namespace' ? takeNamespaces(steps, feeds) : take(kind, steps),
          listed() {
            if (kind === 'IngressClass') store.setClassesReadable(true)
            wasRead(feed)
          },
          refused: (error: ApiError, times: number) => refused(feed, error, times),
        }
        try {
          await follow(feed, listener, { timing, syncPeriodMs, log, signal: both })
        } catch (error) {
          broken.abort()
          throw error
        }
      }),
    ])
  }

  return {
    start,
    synced: synced.promise,
    get isSynced() {
      return isSynced
    },
    onChange: (listener) => store.onChange(listener),
    snapshot: () => store.snapshot(),
  }
}

/** The list of a namespace that does not exist is empty, not an error: it would look like peace. */
async function sayWhetherNamespaceExists(
  namespace: string | undefined,
  connection: Connection,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (!namespace) return
  try {
    const query = { fieldSelector: `metadata.name=${namespace}` }
    const answer = await connection.request({ path: pathOf('Namespace', ''), query, signal })
    const { items } = fieldsOf(answer)
    if (Array.isArray(items) && items.length > 0) return
    log.error({ namespace }, 'did not find the namespace of --watch-namespace')
  } catch (error) {
    // With a role in that namespace alone one may not ask.
    log.debug({ namespace, error: errorText(error) }, 'could not look for the namespace')
  }
}

/** Without IngressClasses Sluice can do; without the rest it says again and again what is missing. */
function tellRefusal(kind: Kind, error: ApiError, times: number, log: Logger): void {
  const rule = `list and watch ${resourceText(kind)}`
  const isNew = times === refusalsBelieved
  if (kind === 'IngressClass') {
    if (isNew) log.warn({ rule, error: error.message }, 'was not allowed to read IngressClasses')
  } else if (isNew || times % 20 === 0) {
    log.error({ rule, error: error.message }, 'was refused by the API server: a role lacks a rule')
  }
}
