import type { Diagnostic } from '../diagnostics.ts'
import type { Logger } from '../log.ts'
import type { Service } from '../objects/kinds.ts'
import { keyOf } from '../objects/meta.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import { dnsNameOf } from '../translate/backends/external-name.ts'
import type { TranslateOptions } from '../translate/translation.ts'
import { ExternalNames } from './external-names.ts'
import { externalProblems } from './external-problems.ts'
import type { ResolvConf } from './resolv-conf.ts'

export interface QualifiedNamesSettings {
  readonly options: TranslateOptions
  readonly resolvConf: ResolvConf
  /** Asks for another pass. */
  readonly touch: (reason: string) => void
  readonly log: Logger
}

/** How long a pass waits for the DNS servers of names that are new. */
const lookUpMs = 500

/**
 * External names, of Services and in URLs, where nginx resolves them itself. It knows no domains to search, and looks at no
 * address. So Sluice looks the names up, too: a short one becomes the full one that it stands for, and one
 * that leads to an address that requests must not reach is refused.
 */
export class QualifiedNames {
  readonly #settings: QualifiedNamesSettings
  readonly #externals: ExternalNames
  /** Of the last pass. */
  #services: readonly Service[] = []
  #last: {
    readonly of: Snapshot['services']
    readonly to: string
    readonly are: Snapshot['services']
  }
  /** Names in URLs, as they were written. */
  #urlHosts: ReadonlySet<string> = new Set()
  #stands: ReadonlyMap<string, string> = new Map()
  #isWaiting = false
  readonly #copies = new WeakMap<Service, Service>()

  constructor(settings: QualifiedNamesSettings) {
    this.#settings = settings
    this.#last = { of: new Map(), to: '', are: new Map() }
    this.#externals = new ExternalNames({
      ...settings,
      // what is found while a pass waits for it is part of that pass
      touch: (reason) => this.#isWaiting || settings.touch(reason),
      changed: () => undefined,
      noted: (name, before, now) => {
        const isOther = (before.fullName ?? name) !== (now.fullName ?? name)
        if (isOther && !this.#isWaiting) settings.touch('an external name leads elsewhere')
      },
    })
  }

  /** From now on also the names among `urlHosts`. True if one of them is new: what was translated is not the last word. */
  follow(urlHosts: ReadonlySet<string>): boolean {
    const before = this.#urlHosts
    this.#urlHosts = new Set([...urlHosts].filter((host) => dnsNameOf(host) !== undefined))
    return [...this.#urlHosts].some((host) => !before.has(host))
  }

  /** `snapshot`, in which Services and URLs lead to names that nginx can resolve. */
  async qualified(snapshot: Snapshot): Promise<Snapshot> {
    this.#services = externalServices(snapshot, this.#settings.options)
    const names = [...this.#services.map(nameOf), ...this.#urlHosts].filter((name) => name !== '')
    if (this.#externals.follow(new Set(names))) {
      this.#isWaiting = true
      await this.#externals.known(lookUpMs)
      this.#isWaiting = false
    }
    const changed = this.#services
      .map((service) => [keyOf(service), this.#copyOf(service)] as const)
      .filter(([key, copy]) => snapshot.services.get(key) !== copy)
    const to = changed.map(([key, { externalName }]) => `${key} ${externalName}`).join()
    // the same map for the same Services, so that a translation sees that nothing has changed
    if (this.#last.of !== snapshot.services || this.#last.to !== to)
      this.#last = {
        of: snapshot.services,
        to,
        are: changed.length === 0 ? snapshot.services : new Map([...snapshot.services, ...changed]),
      }
    return { ...snapshot, services: this.#last.are, urlHosts: this.#urlHostsNow() }
  }

  /** The same map while it says the same. */
  #urlHostsNow(): ReadonlyMap<string, string> {
    const now = [...this.#urlHosts].sort().flatMap((host): [string, string][] => {
      const stands = this.#standsFor(host)
      return stands === host ? [] : [[host, stands]]
    })
    if (String(now) !== String([...this.#stands])) this.#stands = new Map(now)
    return this.#stands
  }

  /** What is wrong with the names of the last pass. A refused one is the translation's to tell. */
  diagnostics(): readonly Diagnostic[] {
    const ofServices = this.#services.map((from) => ({ name: nameOf(from), from }))
    const ofUrls = [...this.#urlHosts].map((name) => ({
      name,
      from: { kind: 'URL', namespace: '', name } as const,
    }))
    const own = [...ofServices, ...ofUrls].filter(
      ({ name }) => this.#forbiddenOf(name) === undefined,
    )
    return externalProblems(own, this.#externals, 'requests for it answer 502')
  }

  close(): void {
    this.#externals.close()
  }

  #copyOf(service: Service): Service {
    const name = nameOf(service)
    const stands = this.#standsFor(name)
    const externalName = stands === name ? service.externalName : stands
    if (externalName === service.externalName) return service
    let copy = this.#copies.get(service)
    if (copy?.externalName !== externalName) {
      copy = { ...service, externalName }
      this.#copies.set(service, copy)
    }
    return copy
  }

  /** What nginx is told instead of `name`. */
  #standsFor(name: string): string {
    const { fullName = name } = this.#externals.about(name) ?? {}
    return this.#forbiddenOf(name) ?? (fullName === name ? name : `${fullName}.`)
  }

  /** An address behind `name` that requests must not reach: nginx cannot leave it out. */
  #forbiddenOf(name: string): string | undefined {
    return this.#externals.about(name)?.leftOut[0]
  }
}

/** Empty where `service` leads to no name. */
const nameOf = ({ externalName }: Service): string => dnsNameOf(externalName) ?? ''

/** Services of type ExternalName that something may refer to. */
function externalServices(
  { ingresses, services }: Snapshot,
  { defaultBackendService, disableSvcExternalName }: TranslateOptions,
): readonly Service[] {
  if (disableSvcExternalName) return []
  const namespaces = new Set(ingresses.map(({ namespace }) => namespace))
  return [...services.values()].filter(
    (service) =>
      service.type === 'ExternalName' &&
      (namespaces.has(service.namespace) || keyOf(service) === defaultBackendService),
  )
}
