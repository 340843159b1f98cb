import type { Diagnostic } from '../diagnostics.ts'
import type { Abilities } from '../model/abilities.ts'
import type { Config } from '../model/config.ts'
import type { Origin } from '../model/origin.ts'
import type { Word } from '../model/token.ts'
import type { Ingress, ServicePort } from '../objects/kinds.ts'
import type { Key } from '../objects/meta.ts'

/** What `translate` makes of a Snapshot. Immutable. */
export interface Translation {
  readonly config: Config
  /** Those that are served, oldest first: what their status and their Events are about. */
  readonly served: readonly Ingress[]
  /** In text order, so that equal input gives equal reports. */
  readonly diagnostics: readonly Diagnostic[]
  /** Hosts of URLs that requests are sent to, as they were written. */
  readonly urlHosts: ReadonlySet<string>
  /** By the name that nginx resolves: what it is to be told. Empty where endpoints are static. */
  readonly endpoints: ReadonlyMap<string, NamedEndpoints>
}

/** The endpoints of an upstream that the configuration names and does not list. */
export interface NamedEndpoints {
  readonly name: string
  readonly upstream: Word
  /** `shop/web:80`, for people. */
  readonly of: string
  /** The first of these that has an endpoint; none for a name outside the cluster. */
  readonly members: readonly { readonly service: Key; readonly servicePort: ServicePort }[]
  /** `10.0.0.1:8080` or `[fd00::1]:8080`, sorted. */
  readonly addresses: readonly string[]
  /** A name outside the cluster, whose addresses these are. */
  readonly external?: { readonly name: string; readonly port: number; readonly from: Origin }
  /** A request goes to an endpoint by its hash. */
  readonly isHashed: boolean
  /** Requests are sent over TLS. */
  readonly isTls: boolean
  /** The Service may have endpoints with IPv6 addresses, if perhaps none now. */
  readonly hasIpv6: boolean
}

/** The flags, and the facts about nginx and the disk, that a translation depends on. */
export interface TranslateOptions {
  readonly ingressClass: string
  readonly controllerClass: string
  readonly watchIngressWithoutClass: boolean
  readonly ingressClassByName: boolean
  readonly disableCatchAll: boolean
  readonly disableSvcExternalName: boolean
  readonly annotationsPrefix: string
  /** namespace/name; undefined for none. */
  readonly configmap: Key | undefined
  readonly defaultBackendService: Key | undefined
  readonly defaultSslCertificate: Key | undefined
  readonly httpPort: number
  readonly httpsPort: number
  /** Loopback port on which nginx tells its generation and its status. */
  readonly statusPort: number
  readonly healthCheckPath: string
  readonly deepInspect: boolean
  /** Endpoints on loopback addresses: with `--manifests` only. */
  readonly allowLoopbackEndpoints: boolean
  /** An Ingress without class gets the default one here; an API server does that by itself. With `--manifests` only. */
  readonly appliesDefaultClass: boolean
  /** Addresses of DNS servers for ExternalName, as in /etc/resolv.conf; an IPv4 address may have a port. */
  readonly nameservers: readonly string[]
  /** Absolute path of the directory that nginx and Sluice share. */
  readonly stateDir: string
  /** Where nginx logs unless the ConfigMap says otherwise: its stdout and stderr, or files in `stateDir`. */
  readonly logs: 'stdio' | 'files'
  /** Name of the user nginx's workers run as, where nginx is started by root; else undefined. */
  readonly workerUser: string | undefined
  readonly abilities: Abilities
  /** How many files a process may have open at most; undefined for no limit, or where nginx will run elsewhere. */
  readonly openFiles?: number
  /** Whether nginx asks Sluice for endpoints, or finds them in its configuration. */
  readonly endpointUpdates: 'resolve' | 'reload'
}
