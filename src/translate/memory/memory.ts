import type { Certificate, Config, Server, Upstream } from '../../model/config.ts'
import type { Directive } from '../../model/directive.ts'
import type { ConfigMap, EndpointSlice, Service } from '../../objects/kinds.ts'
import type { Snapshot } from '../../objects/snapshot.ts'
import { settingsOf } from '../../settings/settings.ts'
import type { HostTls } from '../tls/certificates.ts'
import type { Host } from '../hosts/hosts.ts'
import { isSame, Kept, KeptByName, KeptOrder } from './kept.ts'
import type { Names } from './kept.ts'
import type { Resolved } from '../backends/resolve-service.ts'
import type { ServerParts } from '../hosts/servers.ts'

type Context = Pick<Config, 'main' | 'events' | 'http'>

/**
 * What the pass before made, so that what did not change is not made again and keeps its identity.
 * It changes nothing about the result: everything that a part depends on is compared first.
 */
export class Memory {
  readonly hosts = new KeptByName<Host>()
  readonly tls = new KeptByName<HostTls | undefined>()
  readonly servers = new KeptByName<Server>()
  readonly serverParts = new Kept<ServerParts>()
  readonly redirects = new Kept<readonly Server[]>()
  readonly hostOrder = new KeptOrder()
  readonly upstreamOrder = new KeptOrder()
  readonly certificates = new Kept<readonly Certificate[]>()
  readonly certificateMaps = new Kept<readonly Directive[]>()
  readonly upstreamNames = new Kept<readonly Directive[]>()
  readonly http = new Kept<readonly Directive[]>()
  readonly #settings = new Kept<ReturnType<typeof settingsOf>>()
  readonly #context = new Kept<Context>()
  readonly #pool = new Kept<Pool>()
  readonly #resolved = new Map<string, Led>()
  #last: Pass | undefined

  settings(configMap: ConfigMap | undefined): ReturnType<typeof settingsOf> {
    return this.#settings.of([configMap], () => settingsOf(configMap))
  }

  /** `context`, or the one before if it says the same. */
  context(context: Context): Context {
    return this.#context.of([JSON.stringify(context)], () => context)
  }

  /** What a reference leads to, if `pass` asked for it already, or no Service and no slice is another than before. */
  known(reference: string, { of, services, endpointSlices }: Pass): Known | undefined {
    const known = this.#resolved.get(reference)
    if (known === undefined) return undefined
    const isNew = known.pass !== of
    const last = this.#last
    if (isNew && (last?.services !== services || last.endpointSlices !== endpointSlices))
      return undefined
    known.pass = of
    return { isNew, resolved: known.resolved }
  }

  /** What a reference to a Service leads to, found by `find` only if what it depends on is another than before. */
  resolved(
    reference: string,
    pass: object,
    service: Service,
    slices: readonly EndpointSlice[],
    find: () => Resolved,
  ): Resolved {
    const known = this.#resolved.get(reference)
    if (known?.service === service && isSame(known.slices, slices)) {
      known.pass = pass
      return known.resolved
    }
    const resolved = withOldIdentity(find(), known?.resolved)
    this.#resolved.set(reference, { service, slices, resolved, pass })
    return resolved
  }

  /** Forgets the hosts that are not among `hosts`, and the references that `pass` did not ask for. */
  keepOnly(hosts: Names, pass: Pass): void {
    for (const kept of [this.hosts, this.tls, this.servers]) kept.keepOnly(hosts)
    for (const [reference, known] of this.#resolved)
      if (known.pass !== pass.of) this.#resolved.delete(reference)
    this.#last = pass
  }

  /** `upstreams` with the directives that all of them share. */
  pooled(
    upstreams: readonly Upstream[],
    pool: readonly Directive[],
    zone: readonly Directive[] = [],
  ): readonly Upstream[] {
    const { shared, known } = this.#pool.of([JSON.stringify([zone, pool])], () => ({
      shared: [...zone, ...pool],
      known: new WeakMap<Upstream, Upstream>(),
    }))
    return upstreams.map((upstream) => {
      let pooled = known.get(upstream)
      if (pooled === undefined) {
        const own = upstream.directives
        // a name that nginx resolves elsewhere has its own
        const zones = own.some(({ name }) => name === 'zone') ? [] : zone
        const directives = own.length === 0 ? shared : [...zones, ...own, ...pool]
        pooled = { ...upstream, directives }
        known.set(upstream, pooled)
      }
      return pooled
    })
  }
}

/** What `directives` are shared by upstreams that have none of their own, and what all became. */
interface Pool {
  readonly shared: readonly Directive[]
  readonly known: WeakMap<Upstream, Upstream>
}

/** One translation, and what references are looked up in. */
export interface Pass extends Pick<Snapshot, 'services' | 'endpointSlices'> {
  /** Another object for each. */
  readonly of: object
}

interface Known {
  /** The pass asks for the first time. */
  readonly isNew: boolean
  readonly resolved: Resolved
}

interface Led {
  /** The last one that asked. */
  pass: object
  readonly service: Service
  readonly slices: readonly EndpointSlice[]
  readonly resolved: Resolved
}

/** `now`, or `before` if it says the same. */
function withOldIdentity(now: Resolved, before: Resolved | undefined): Resolved {
  return before !== undefined && JSON.stringify(now) === JSON.stringify(before) ? before : now
}
