import type { Protocol, SecretFile } from '../model/config.ts'
import type { Directive, DirectiveName } from '../model/directive.ts'
import type { Origin } from '../model/origin.ts'
import type { Token, Word } from '../model/token.ts'
import type { Reachable } from './look.ts'

/**
 * The order in which a request meets what a location says (docs/annotations-to-nginx.md). What answers in
 * one phase keeps the later ones from being asked.
 */
export const phases = [
  /** A CORS preflight, which has no credentials and follows no redirect. */
  'preflight',
  /** To another URL, over whichever scheme. */
  'redirect',
  /** Something that protects cannot be applied: 503. */
  'denied',
  /** To HTTPS. */
  'https',
  /** Nobody is there to ask: 503. */
  'unavailable',
  /** How often, and how many at once. */
  'limit',
  /** Who may enter. */
  'access',
  /** How the endpoint is spoken to. */
  'tuning',
] as const

/** Those that features say something in; the composer knows what is said in the others. */
export type Phase = Exclude<(typeof phases)[number], 'denied' | 'https' | 'unavailable'>
export type Phased = { readonly [P in Phase]?: readonly Directive[] }
const ofFeatures: readonly Phase[] = ['preflight', 'redirect', 'limit', 'access', 'tuning']

/** What all of `parts` say, phase by phase. */
export function inPhases(parts: readonly Phased[]): Phased {
  const phased: { [P in Phase]?: readonly Directive[] } = {}
  for (const part of parts)
    for (const phase of ofFeatures) {
      const [before, lines = []] = [phased[phase], part[phase]]
      if (lines.length > 0) phased[phase] = before === undefined ? lines : [...before, ...lines]
    }
  return phased
}

/** Variables of ingress-nginx that say whose path a location is. */
export const locationVariables = [
  'namespace',
  'ingress_name',
  'service_name',
  'service_port',
] as const
export type LocationVariable = (typeof locationVariables)[number]

/** A header of a request or a response. An empty value says that there is to be none. */
export interface Header {
  readonly name: Word
  readonly value: Token
  readonly origin?: Origin
  /** Those that the value holds and a location sets. Where one of them is unknown, so is the header. */
  readonly variables?: readonly LocationVariable[]
}

/** A header of a response. */
export interface ResponseHeader extends Header {
  /** Not beside errors. */
  readonly isForSuccess?: boolean
  /** Only where somebody is asked who he is: its value comes from that. */
  readonly isOfAccess?: boolean
}

/** A redirect that takes the place of the answer of an endpoint. */
export interface Redirect {
  readonly code: number
  /** The whole Location. */
  readonly to: Token
  readonly origin?: Origin
}

/** A location that no client asks for, but nginx itself for an Ingress. */
export interface Internal {
  /**
   * `subrequest`: it is asked while another location answers. `named`: it answers in the place of another
   * one, with the headers that all features give to responses.
   */
  readonly kind: 'subrequest' | 'named'
  /** Without a slash, with which the path of every Ingress begins: no Ingress can have the same location. */
  readonly name: Word
  /** Where it is only in the server of this host. */
  readonly host?: string
  readonly origin: Origin
  readonly answer:
    | {
        readonly kind: 'pass'
        readonly target: Reachable
        readonly protocol: Protocol
        /** The URL that begins with `base`, a scheme and a host. */
        readonly url: (base: Word) => Token
      }
    | { readonly kind: 'return'; readonly code: number; readonly text: Token }
  readonly directives: readonly Directive[]
  readonly requestHeaders?: readonly Header[]
  /** What other features say of these to the locations of the Ingress counts here, too. */
  readonly alike?: readonly DirectiveName[]
}

/** What a feature adds to nginx.conf, by context. Composing puts it in order. */
export interface Contribution {
  /** By the variable or zone that is defined; what has the same name is the same, and printed once. */
  readonly http?: ReadonlyMap<string, Directive>
  /** Counts where the Ingress is the oldest one of the host that has the feature. */
  readonly server?: Pick<Phased, 'redirect' | 'tuning'>
  readonly location?: Phased
  /** Of one name each stands once in a server. */
  readonly internal?: readonly Internal[]
  readonly redirect?: Redirect
  /** Files that the directives name. */
  readonly files?: readonly SecretFile[]
  readonly requestHeaders?: readonly Header[]
  readonly responseHeaders?: readonly ResponseHeader[]
  /** Headers of the endpoint's response that the client does not see. */
  readonly hidden?: readonly Omit<Header, 'value'>[]
  /** Of a canary: the variable that is not empty for requests that go to it. */
  readonly goesToCanary?: Word
  /** Paths that begin like one of these go without it, and have `instead`. */
  readonly except?: readonly string[]
  readonly instead?: Pick<Contribution, 'requestHeaders'>
}
