import type { Config, SecretFile, Server } from '../../model/config.ts'
import type { Directive } from '../../model/directive.ts'
import type { settingsOf } from '../../settings/settings.ts'
import { Backends } from '../backends/backends.ts'
import type { Host } from '../hosts/hosts.ts'
import type { ServerParts } from '../hosts/servers.ts'
import type { Annotated, Surroundings } from '../ingresses/annotate.ts'
import type { HostTls } from '../tls/certificates.ts'
import type { TranslateOptions } from '../translation.ts'
import { KeptDefinitions } from './definitions.ts'
import { Kept, KeptByName, KeptOrder } from './kept.ts'
import { Pooled } from './pooled.ts'

/**
 * What the pass before made, so that what did not change is not made again and keeps its identity: a pass
 * over 10,000 Ingresses of which one changed takes milliseconds. It changes nothing about the result, for
 * everything that a part depends on is compared first.
 */
export class Earlier {
  readonly settings = new Kept<ReturnType<typeof settingsOf>>()
  readonly surroundings = new Kept<Surroundings>()
  readonly annotated = new KeptByName<Annotated>()
  readonly definitions = new KeptDefinitions()
  readonly hosts = new KeptByName<Host>()
  readonly hostOrder = new KeptOrder()
  readonly tls = new KeptByName<HostTls | undefined>()
  readonly servers = new KeptByName<Server>()
  readonly serverParts = new Kept<ServerParts>()
  readonly redirects = new Kept<readonly Server[]>()
  readonly frame = new Kept<Pick<Config, 'main' | 'events' | 'http'>>()
  readonly filesAsked = new Kept<readonly SecretFile[]>()
  readonly upstreamNames = new Kept<readonly Directive[]>()
  readonly certificateMaps = new Kept<readonly Directive[]>()
  readonly http = new Kept<Config['http']>()
  readonly files = new Kept<readonly SecretFile[]>()
  readonly pooled = new Pooled()
  readonly backends: Backends

  constructor(options: TranslateOptions) {
    this.backends = new Backends(options)
  }

  /** A pass is over: what it did not ask for is forgotten. */
  end(): void {
    for (const kept of [this.annotated, this.hosts, this.tls, this.servers]) kept.end()
  }
}
