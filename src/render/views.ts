import type { Config, Location, Section, Server, Upstream } from '../model/config.ts'
import type { Directive } from '../model/directive.ts'
import { originText } from '../model/origin.ts'
import type { Origin } from '../model/origin.ts'

/**
 * What the templates see: plain objects and arrays, complete, so that `strict` finds every misspelt
 * field. A user who overrides a template relies on these shapes.
 */
export interface DirectiveView {
  /** The name and the arguments, in order. */
  readonly words: readonly string[]
  /** Whether it has braces; else it ends in a semicolon. */
  readonly isBlock: boolean
  /** Directives inside the braces. */
  readonly block: readonly DirectiveView[]
  /** The annotation or the key of the ConfigMap that it came from, or why it stands there; or null. */
  readonly from: string | null
}

export interface LocationView {
  /** `Ingress shop/web` */
  readonly origin: string
  /** `Service shop/web`, or null. */
  readonly target: string | null
  readonly match: readonly string[]
  readonly directives: readonly DirectiveView[]
}

export interface ServerView {
  readonly origins: readonly string[]
  readonly isDefault: boolean
  readonly names: readonly string[]
  readonly listens: readonly DirectiveView[]
  readonly directives: readonly DirectiveView[]
  readonly locations: readonly LocationView[]
}

export interface UpstreamView {
  /** `Service shop/web` */
  readonly origin: string
  readonly port: string
  readonly name: string
  /** Whether the endpoints are in the file `endpoints` of the state directory. */
  readonly isNamed: boolean
  readonly endpoints: readonly DirectiveView[]
  readonly directives: readonly DirectiveView[]
}

export interface SectionView {
  readonly title: string
  readonly directives: readonly DirectiveView[]
}

export interface ConfigView {
  readonly main: readonly DirectiveView[]
  readonly events: readonly DirectiveView[]
  /** None of them is empty. */
  readonly http: readonly SectionView[]
  /** Printed by directives.hbs: all of them as one text, or none. */
  readonly asked: readonly string[]
  /** Printed by upstream.hbs: all of them as one text, or none. */
  readonly upstreams: readonly string[]
  /** Printed by server.hbs: all of them as one text, or none. */
  readonly servers: readonly string[]
  /** Of the stream context; empty for none. */
  readonly stream: readonly DirectiveView[]
}

export const directiveView = ({
  name,
  args,
  block,
  origin,
  because,
}: Directive): DirectiveView => ({
  words: name === undefined ? args : [name, ...args],
  isBlock: block !== undefined,
  block: block === undefined ? nothing : block.map(directiveView),
  from: because ?? origin?.field ?? null,
})

type Views = readonly DirectiveView[]
const nothing: Views = []

/** All servers listen alike: what is printed once is one view. */
const listening = new WeakMap<readonly Directive[], Views>()

function listensView(listens: readonly Directive[]): Views {
  let views = listening.get(listens)
  if (views === undefined) {
    views = listens.map(directiveView)
    listening.set(listens, views)
  }
  return views
}

const locationView = (
  { origin, target, match, directives }: Location,
  viewsOf: (directives: readonly Directive[]) => Views,
): LocationView => ({
  origin: originText(origin),
  target: target === undefined ? null : originText(target),
  match,
  directives: viewsOf(directives),
})

export function serverView({
  origins,
  isDefault,
  names,
  listens,
  directives,
  locations,
}: Server): ServerView {
  // what several locations share is one view, which is printed once
  const shared = new Map<readonly Directive[], Views>()
  const viewsOf = (directives: readonly Directive[]): Views => {
    const known = shared.get(directives) ?? directives.map(directiveView)
    shared.set(directives, known)
    return known
  }
  return {
    origins: distinct(origins),
    isDefault,
    names,
    listens: listensView(listens),
    directives: directives.map(directiveView),
    locations: locations.map((location) => locationView(location, viewsOf)),
  }
}

export function upstreamView({
  origin,
  port,
  name,
  isNamed = false,
  endpoints,
  directives,
}: Upstream): UpstreamView {
  return {
    origin: originText(origin),
    port,
    name,
    isNamed,
    endpoints: endpoints.map(({ address, parameters }) => ({
      words: ['server', address, ...parameters],
      isBlock: false,
      block: [],
      from: null,
    })),
    directives: directives.map(directiveView),
  }
}

const sectionView = ({ title, directives }: Section): SectionView => ({
  title,
  directives: directives.map(directiveView),
})

export function configView(
  { main, events, http, stream = [] }: Config,
  asked: readonly string[],
  upstreams: readonly string[],
  servers: readonly string[],
): ConfigView {
  return {
    main: main.map(directiveView),
    events: events.map(directiveView),
    http: http.filter(({ directives }) => directives.length > 0).map(sectionView),
    asked,
    upstreams,
    servers,
    stream: stream.map(directiveView),
  }
}

const distinct = (origins: readonly Origin[]): readonly string[] => [
  ...new Set(origins.map(originText)),
]
