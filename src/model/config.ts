import type { Directive } from './directive.ts'
import type { Origin } from './origin.ts'
import { nginx } from './token.ts'
import type { Token, Word } from './token.ts'

/** What nginx is to serve, as data. Immutable; made by `translate`, printed by `render`. */
export interface Config {
  /** Directives of the main context. */
  readonly main: readonly Directive[]
  readonly events: readonly Directive[]
  /** Directives of the http context, maps included, in the order in which they are printed. */
  readonly http: readonly Directive[]
  readonly upstreams: readonly Upstream[]
  readonly servers: readonly Server[]
  /** Key pairs that some server presents, by the file name that the configuration refers to. */
  readonly certificates: readonly Certificate[]
}

/** The endpoints behind one port of one Service. Shared by every location that uses them. */
export interface Upstream {
  /** Starts with a hash, so that nginx compares names quickly (its look-up is linear). */
  readonly name: Word
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
  readonly origins: readonly Origin[]
  readonly listens: readonly Directive[]
  readonly directives: readonly Directive[]
  readonly locations: readonly Location[]
}

export interface Location {
  /** Arguments of `location`: an optional modifier and the path. */
  readonly match: readonly Token[]
  /** The Ingress that the location came from; the comment above it. */
  readonly origin: Origin
  /** The Service it leads to, for the comment; undefined where nothing is proxied. */
  readonly target?: Origin
  readonly directives: readonly Directive[]
}

/** A certificate chain and its key, PEM, in one file, as nginx reads them. */
export interface Certificate {
  /** Hex digest of the chain and the key: the file is `tls/<digest>.pem` below the state directory. */
  readonly digest: string
  readonly origin: Origin
  /** Unwraps the secret bytes. Only the writer of key files calls it. */
  readonly pem: () => string
}

/** Stands where the digest of the bundle is to be printed, which only the renderer knows. */
export const generation: Word = nginx`sluice_generation`
