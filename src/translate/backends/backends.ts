import type { Balance, Destination, Resolved } from '../../annotations/look.ts'
import { preview } from '../../diagnostics.ts'
import type { Upstream } from '../../model/config.ts'
import type { EndpointSlice } from '../../objects/kinds.ts'
import { dns1123Subdomain } from '../../objects/meta.ts'
import type { Key } from '../../objects/meta.ts'
import type { Snapshot } from '../../objects/snapshot.ts'
import { isSame, KeptOrder } from '../memory/kept.ts'
import type { NamedEndpoints, TranslateOptions } from '../translation.ts'
import { refusal } from './led.ts'
import type { Led } from './led.ts'
import { resolveUrl } from './outside.ts'
import type { Reference } from './reference.ts'
import { resolveService } from './resolve-service.ts'

type Seen = Pick<Snapshot, 'services' | 'endpointSlices' | 'urlHosts'>

/**
 * Resolves references to endpoints, and collects the upstreams that a pass uses, each once. What a
 * reference led to is remembered while the Service and its slices are the same objects, or a host leads
 * to the same.
 */
export class Backends {
  readonly #options: TranslateOptions
  readonly #known = new Map<string, Known>()
  readonly #order = new KeptOrder()
  #seen: Seen = { services: new Map(), endpointSlices: new Map() }
  /** Nothing changed since the last pass, so nothing need be looked up. */
  #isUnchanged = false
  #pass = 0
  /** By Service and port. */
  #upstreams = new Map<string, Upstream>()
  #endpoints = new Map<string, NamedEndpoints>()
  #urlHosts = new Set<string>()

  constructor(options: TranslateOptions) {
    this.#options = options
  }

  begin(seen: Seen): void {
    const before = this.#seen
    this.#isUnchanged =
      before.services === seen.services &&
      before.endpointSlices === seen.endpointSlices &&
      before.urlHosts === seen.urlHosts
    this.#seen = seen
    this.#pass++
    this.#urlHosts = new Set()
    this.#upstreams = new Map()
    this.#endpoints = new Map()
  }

  /** Where requests go, of which the upstream is used from now on. Equal answers are the same object. */
  readonly resolve = (reference: Reference): Resolved => {
    const { text } = reference
    let known = this.#known.get(text)
    if (known?.pass === this.#pass) return known.led.resolved
    if (known === undefined || !this.#isUnchanged) known = this.#found(reference, known)
    known.pass = this.#pass
    if (reference.to.kind === 'url') this.#urlHosts.add(reference.to.host)
    const { place } = known
    const { resolved, upstream, endpoints } = known.led
    // two names of one port are one upstream
    if (upstream !== undefined && !this.#upstreams.has(place)) this.#upstreams.set(place, upstream)
    if (endpoints !== undefined) this.#endpoints.set(endpoints.name, endpoints)
    return resolved
  }

  /** Those that the pass used, sorted by Service and port; and what nginx is told of those that it asks about. */
  end(): {
    readonly upstreams: readonly Upstream[]
    readonly endpoints: ReadonlyMap<string, NamedEndpoints>
    readonly urlHosts: ReadonlySet<string>
  } {
    for (const [text, { pass }] of this.#known) if (pass !== this.#pass) this.#known.delete(text)
    const upstreams = this.#order.of(this.#upstreams)
    return { upstreams, endpoints: this.#endpoints, urlHosts: this.#urlHosts }
  }

  #found({ text, to, balance }: Reference, known: Known | undefined): Known {
    const { services, endpointSlices } = this.#seen
    const objects: unknown[] = []
    if (to.kind === 'service') {
      for (const key of [to.service, ...(to.otherwise ? [to.otherwise.service] : [])])
        objects.push(services.get(key), ...(endpointSlices.get(key) ?? none))
    } else objects.push(this.#seen.urlHosts?.get(to.host))
    if (known !== undefined && isSame(known.objects, objects)) return known
    const led = this.#led(to, balance)
    const place = placeOf(led.upstream)
    const fresh = { objects, led: withOldIdentity(led, known?.led), place, pass: this.#pass }
    this.#known.set(text, fresh)
    return fresh
  }

  #led(to: Destination, balance: Balance): Led {
    if (to.kind === 'url')
      return resolveUrl(to, this.#seen.urlHosts?.get(to.host), balance, this.#options)
    const service = this.#seen.services.get(to.service)
    return service === undefined
      ? refusal('service-not-found', `no service ${printable(to.service)} exists`)
      : resolveService(service, to, balance, this.#seen, this.#options)
  }
}

const none: readonly EndpointSlice[] = []

interface Known {
  /** The Service and its slices, or what the host of a URL leads to. */
  readonly objects: readonly unknown[]
  readonly led: Led
  /** Of its upstream among the others. */
  readonly place: string
  /** The last one that asked. */
  pass: number
}

/** `now`, of which what says the same as `before` is the same object. */
function withOldIdentity(now: Led, before: Led | undefined): Led {
  if (before === undefined) return now
  const resolved = isAlike(now.resolved, before.resolved) ? before.resolved : now.resolved
  const upstream = isAlike(now.upstream, before.upstream) ? before.upstream : now.upstream
  const endpoints = isAlike(now.endpoints, before.endpoints) ? before.endpoints : now.endpoints
  return {
    resolved,
    ...(upstream === undefined ? {} : { upstream }),
    ...(endpoints === undefined ? {} : { endpoints }),
  }
}

const isAlike = (a: object | undefined, b: object | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b)

const placeOf = (upstream: Upstream | undefined): string =>
  upstream === undefined
    ? ''
    : `${upstream.origin.namespace}/${upstream.origin.name}:${upstream.port.padStart(5, '0')}:${upstream.name}`

const printable = (key: Key): string =>
  key.split('/').every((part) => dns1123Subdomain.test(part)) ? key : preview(key)
