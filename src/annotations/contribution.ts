import type { Answer, SecretFile } from '../model/config.ts'
import type { Directive } from '../model/directive.ts'
import type { Origin } from '../model/origin.ts'
import type { Token, Word } from '../model/token.ts'

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

export type Phase = (typeof phases)[number]
export type Phased = { readonly [P in Phase]?: readonly Directive[] }

/** What all of `parts` say, phase by phase. */
export function inPhases(parts: readonly Phased[]): Phased {
  const phased = phases.map((phase) => [phase, parts.flatMap((part) => part[phase] ?? [])] as const)
  return Object.fromEntries(phased.filter(([, lines]) => lines.length > 0))
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
}

/** A redirect that takes the place of the answer of an endpoint. */
export interface Redirect {
  readonly code: number
  /** The whole Location. */
  readonly to: Token
  readonly origin?: Origin
}

/** A location that only nginx itself asks. */
export interface Internal {
  /** Arguments of `location`: `=` and a path, or a name that begins with `@`. */
  readonly match: readonly Token[]
  readonly answer: Answer
  readonly directives: readonly Directive[]
}

/** What a feature adds to nginx.conf, by context. Composing puts it in order. */
export interface Contribution {
  /** By the variable or zone that is defined; what has the same name is the same, and printed once. */
  readonly http?: ReadonlyMap<string, Directive>
  /** Counts where the Ingress is the oldest one of the host that has the feature. */
  readonly server?: Phased
  readonly location?: Phased
  /** By their name; each stands once in a server. */
  readonly internal?: ReadonlyMap<string, Internal>
  readonly redirect?: Redirect
  /** Files that the directives name. */
  readonly files?: readonly SecretFile[]
  /** Variables that the location must set, because a directive here uses them. */
  readonly variables?: readonly LocationVariable[]
  readonly requestHeaders?: readonly Header[]
  readonly responseHeaders?: readonly Header[]
  /** Headers of the endpoint's response that the client does not see. */
  readonly hidden?: readonly Omit<Header, 'value'>[]
  /** Of a canary: the variable that is not empty for requests that go to it. */
  readonly goesToCanary?: Word
  /** Paths that begin like one of these go without it. */
  readonly except?: readonly string[]
}
