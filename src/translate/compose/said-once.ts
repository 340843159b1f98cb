import { exact } from '../../exact.ts'
import type { Location, Server } from '../../model/config.ts'
import type { Directive } from '../../model/directive.ts'
import { lineText } from './inherited.ts'

/** Lists that count for nothing but what is passed on, and that a location has whole or inherits. */
const kinds = [
  'proxy_set_header',
  'grpc_set_header',
  'proxy_hide_header',
  'grpc_hide_header',
] as const
type Kind = (typeof kinds)[number]

type Directives = readonly Directive[]

/**
 * The lists of headers that several of `locations` would repeat, for their server, and the locations
 * without them. Only where all that pass something on have such a list, for others would inherit it.
 */
export function saidOnce(locations: readonly Location[]): Pick<Server, 'directives' | 'locations'> {
  const passing = locations.filter(({ answer }) => answer.kind === 'pass')
  const said: Directive[] = []
  // those that share their directives go on sharing them
  const without = new Map<Directives, Directives>()
  for (const kind of kinds) {
    const lists = passing.map(({ directives }) => directives)
    if (lists.length < 2 || !lists.every((directives) => directives.some(isOf(kind)))) continue
    const { list, repeating } = mostFrequent(lists, kind)
    said.push(...list)
    for (const directives of repeating)
      without.set(
        directives,
        (without.get(directives) ?? directives).filter((line) => !isOf(kind)(line)),
      )
  }
  if (said.length === 0) return { directives: said, locations }
  const shorter = new Map([...without].map(([all, rest]) => [all, exact(rest)]))
  return {
    directives: said,
    locations: locations.map((location) => {
      const directives = shorter.get(location.directives)
      return directives === undefined ? location : { ...location, directives }
    }),
  }
}

/** The list of `kind` that most of `all` have, if it is more than one, and those that have it. */
function mostFrequent(
  all: readonly Directives[],
  kind: Kind,
): { readonly list: Directives; readonly repeating: readonly Directives[] } {
  const found = new Map<string, Directives[]>()
  const texts = new Map<Directives, string>()
  for (const directives of all) {
    const text = texts.get(directives) ?? textOf(directives.filter(isOf(kind)))
    texts.set(directives, text)
    found.set(text, [...(found.get(text) ?? []), directives])
  }
  const [repeating = []] = [...found.values()].sort((a, b) => b.length - a.length)
  if (repeating.length < 2) return { list: [], repeating: [] }
  return { list: repeating[0]?.filter(isOf(kind)) ?? [], repeating }
}

const isOf =
  (kind: Kind) =>
  ({ name }: Directive): boolean =>
    name === kind

const textOf = (list: Directives): string =>
  list.map((line) => `${lineText(line)} # ${line.origin?.field ?? ''}`).join('\n')
