import type { Directive } from './directive.ts'
import type { Origin } from './origin.ts'
import { nginx } from './token.ts'
import type { Token, Word } from './token.ts'

/** What nginx is to serve, as data. Immutable; made by `translate`, printed by `render`. */
export interface Config {
  /** Directives of the main context. */
  readonly main: readonly Directive[]
  readonly events: readonly Directive[]
  /** The http context before its upstreams and servers, in the order in which it is printed. */
  readonly http: readonly Section[]
  /** What annotations refer to, the last in the http context: maps and zones, sorted by name. */
  readonly asked: readonly Directive[]
  readonly upstreams: readonly Upstream[]
  readonly servers: readonly Server[]
  /** Directives of the stream context; undefined for none. */
  readonly stream?: readonly Directive[]
  /** What nginx reads beside its configuration, by the file name that the configuration refers to. */
  readonly files: readonly SecretFile[]
}

/** Directives of the http context that belong together, under a heading. */
export interface Section {
  /** Words of this program. */
  readonly title: string
  readonly directives: readonly Directive[]
}

/** Endpoints, and the way in which one of them is chosen. Shared by every location that uses them. */
export interface Upstream {
  /** Starts with a hash, so that nginx compares names quickly (its look-up is linear). */
  readonly name: Word
  /** The Service, or the host of a URL. */
  readonly origin: Origin
  /** The Service port as the Ingress names it; a validated port name or number. */
  readonly port: string
  /** `server` lines: an address each, sorted. */
  readonly endpoints: readonly Endpoint[]
  /** `endpoints` is a name that Sluice resolves: what it says is in a file of its own. */
  readonly isNamed?: boolean
  readonly directives: readonly Directive[]
}

export interface Endpoint {
  /** `10.0.0.1:8080`, `[fd00::1]:8080` or `db.example.com:5432`. */
  readonly address: Word
  readonly parameters: readonly Token[]
}

export interface Server {
  /** Stable identity: the host as the Ingress spells it, lower case; `_` for the catch-all. */
  readonly host: string
  /** Arguments of `server_name`. */
  readonly names: readonly Token[]
  readonly isDefault: boolean
  /** On which of the two ports it listens. */
  readonly takes: 'both' | 'tls' | 'http'
  readonly origins: readonly Origin[]
  readonly listens: readonly Directive[]
  readonly directives: readonly Directive[]
  readonly locations: readonly Location[]
}

/** How nginx speaks to endpoints. */
export type Protocol = 'HTTP' | 'HTTPS' | 'GRPC' | 'GRPCS'

export interface Location {
  /** Arguments of `location`: an optional modifier and the path. */
  readonly match: readonly Token[]
  /** The Ingress that the location came from; the comment above it. */
  readonly origin: Origin
  /** The Service it leads to, for the comment; undefined where nothing is proxied. */
  readonly target?: Origin
  /** What a request gets that nothing in `directives` stops. */
  readonly answer: Answer
  readonly directives: readonly Directive[]
}

export type Answer =
  /** That of an endpoint: of the first upstream, or of one of the others where the location says so. */
  | { readonly kind: 'pass'; readonly protocol: Protocol; readonly to: readonly Word[] }
  /** That of nginx itself. */
  | { readonly kind: 'return'; readonly code: number }

/** Secret text in a file of its own, named by its content. */
export interface SecretFile {
  /** Hex digest of the content: the file is `<folder>/<digest>.<extension>` below the state directory. */
  readonly digest: string
  /** `pem`: a certificate chain and its key, in `tls`; `htpasswd`: users and hashes of passwords, in `auth`. */
  readonly extension: 'pem' | 'htpasswd'
  readonly origin: Origin
  /** Unwraps the secret. Only the writer of key files calls it. */
  readonly text: () => string
}

/** Where a file is, below the state directory. */
export const secretPath = ({ digest, extension }: Pick<SecretFile, 'digest' | 'extension'>) =>
  `${extension === 'pem' ? 'tls' : 'auth'}/${digest}.${extension}` as const

/** Stands where the digest of the bundle is to be printed, which only the renderer knows. */
export const generation: Word = nginx`sluice_generation`
