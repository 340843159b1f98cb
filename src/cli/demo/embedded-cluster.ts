import type { Change, ObjectSource } from '../../cluster/source.ts'
import type { ConfigMap, Secret } from '../../objects/kinds.ts'
import { dns1123Subdomain, keyOf } from '../../objects/meta.ts'
import type { Key } from '../../objects/meta.ts'
import { SecretText } from '../../objects/secret-text.ts'
import { slicesByService } from '../../objects/snapshot.ts'
import type { Snapshot } from '../../objects/snapshot.ts'
import { sampleBackends } from './sample-backends.ts'
import type { SampleBackends } from './sample-backends.ts'
import type { SampleAuthority } from './sample-certificates.ts'

/** The settings of the demo, unless its user names others. */
export const usualConfigMap: Key = 'default/nginx-configuration'

const noSettings: ConfigMap = {
  kind: 'ConfigMap',
  namespace: 'default',
  name: 'nginx-configuration',
  uid: '',
  created: 0,
  order: 0,
  data: new Map(),
}

/**
 * The objects of `source`, with what a cluster would add: endpoints for each Service that has none,
 * a certificate for each TLS Secret that is missing, and the ConfigMap that an installation brings.
 */
export class EmbeddedCluster implements ObjectSource {
  readonly #source: ObjectSource
  readonly #authority: SampleAuthority
  readonly #backends = new Map<Key, { readonly ports: string; readonly running: SampleBackends }>()
  readonly #secrets = new Map<Key, { readonly hosts: string; readonly secret: Secret }>()
  readonly #listeners: ((changes: readonly Change[]) => void)[] = []
  readonly synced: Promise<void>
  #present: Snapshot | undefined
  #changes: Change[] = []
  #filling: Promise<void> = Promise.resolve()
  readonly #broken = Promise.withResolvers<never>()

  constructor(source: ObjectSource, authority: SampleAuthority) {
    this.#source = source
    this.#authority = authority
    source.onChange((changes) => {
      this.#changes.push(...changes)
      if (source.isSynced) void this.#fillNext()
    })
    this.synced = source.synced.then(() => this.#fillNext())
  }

  get isSynced(): boolean {
    return this.#present !== undefined
  }

  onChange(listener: (changes: readonly Change[]) => void): void {
    this.#listeners.push(listener)
  }

  /** Never one with a Service whose backends are still starting. */
  snapshot(): Snapshot {
    return this.#present ?? this.#source.snapshot()
  }

  async start(signal: AbortSignal): Promise<void> {
    await Promise.race([this.#source.start(signal), this.#broken.promise])
  }

  async close(): Promise<void> {
    await this.#filling
    await Promise.all([...this.#backends.values()].map(({ running }) => running.close()))
  }

  #fillNext(): Promise<void> {
    this.#filling = this.#filling
      .then(() => this.#fill())
      .catch((error: unknown) => this.#broken.reject(error))
    return this.#filling
  }

  async #fill(): Promise<void> {
    const changes = this.#changes
    this.#changes = []
    const snapshot = this.#source.snapshot()
    await this.#fillBackends(snapshot)
    await this.#fillSecrets(snapshot)
    this.#present = {
      ...snapshot,
      endpointSlices: new Map([
        ...slicesByService([...this.#backends.values()].flatMap(({ running }) => running.slices)),
        ...snapshot.endpointSlices,
      ]),
      secrets: new Map([
        ...[...this.#secrets].map(([key, { secret }]) => [key, secret] as const),
        ...snapshot.secrets,
      ]),
      configMaps: new Map([[usualConfigMap, noSettings], ...snapshot.configMaps]),
    }
    for (const listener of this.#listeners) listener(changes)
  }

  async #fillBackends({ services, endpointSlices }: Snapshot): Promise<void> {
    const wanted = new Map(
      [...services].filter(
        ([key, { type }]) => type !== 'ExternalName' && !endpointSlices.has(key),
      ),
    )
    for (const [key, { ports, running }] of this.#backends) {
      const service = wanted.get(key)
      if (service !== undefined && JSON.stringify(service.ports) === ports) continue
      this.#backends.delete(key)
      await running.close()
    }
    for (const [key, service] of wanted) {
      if (this.#backends.has(key)) continue
      const running = await sampleBackends(service)
      this.#backends.set(key, { ports: JSON.stringify(service.ports), running })
    }
  }

  async #fillSecrets({ ingresses, secrets }: Snapshot): Promise<void> {
    const wanted = new Map<Key, Set<string>>()
    for (const { namespace, tls } of ingresses) {
      for (const { hosts, secretName: name } of tls) {
        const key = keyOf({ namespace, name })
        if (name === '' || secrets.has(key)) continue
        const names = hosts.filter((host) => dns1123Subdomain.test(host.replace(/^\*\./, '')))
        wanted.set(key, new Set([...(wanted.get(key) ?? []), ...names]))
      }
    }
    for (const key of this.#secrets.keys()) if (!wanted.has(key)) this.#secrets.delete(key)
    for (const [key, set] of wanted) {
      const hosts = [...set].sort()
      if (hosts.length === 0 || this.#secrets.get(key)?.hosts === hosts.join()) continue
      const pair = await this.#authority.issue(hosts)
      const [namespace = '', name = ''] = key.split('/')
      const data = new Map([
        ['tls.crt', new SecretText(pair.certificate)],
        ['tls.key', new SecretText(pair.key)],
      ])
      const meta = { namespace, name, uid: '', created: 0, order: 0 }
      const secret: Secret = { kind: 'Secret', ...meta, type: 'kubernetes.io/tls', data }
      this.#secrets.set(key, { hosts: hosts.join(), secret })
    }
  }
}
