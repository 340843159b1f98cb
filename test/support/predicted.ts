import type { Config, Location, Server, Upstream } from '../../src/model/config.ts'
import type { Directive } from '../../src/model/directive.ts'
import type { Statement } from './nginx-grammar.ts'
import { readConfiguration } from './nginx-grammar.ts'

/** What nginx has to read where `config` is printed: the same tree, word for word. */
export function predicted({
  main,
  events,
  http,
  asked,
  upstreams,
  servers,
  stream,
}: Config): readonly Statement[] {
  return [
    ...main.map(statementOf),
    { words: ['events'], block: events.map(statementOf) },
    {
      words: ['http'],
      block: [
        ...http.flatMap(({ directives }) => directives).map(statementOf),
        ...asked.map(statementOf),
        ...upstreams.map(upstreamOf),
        ...servers.map(serverOf),
      ],
    },
    ...(stream === undefined ? [] : [{ words: ['stream'], block: stream.map(statementOf) }]),
  ]
}

/** What one Token is to nginx. */
function wordOf(token: string): string {
  const [statement, ...more] = readConfiguration(`x ${token};`)
  const [, word, ...others] = statement?.words ?? []
  if (word === undefined || more.length + others.length > 0)
    throw new Error(`more or less than one word: ${token}`)
  return word
}

const statementOf = ({ name, args, block }: Directive): Statement => ({
  words: [...(name === undefined ? [] : [name]), ...args.map(wordOf)],
  block: block?.map(statementOf),
})

const upstreamOf = ({ name, endpoints, directives }: Upstream): Statement => ({
  words: ['upstream', wordOf(name)],
  block: [
    ...endpoints.map(({ address, parameters }) => ({
      words: ['server', address, ...parameters].map(wordOf),
      block: undefined,
    })),
    ...directives.map(statementOf),
  ],
})

const serverOf = ({ names, listens, directives, locations }: Server): Statement => ({
  words: ['server'],
  block: [
    ...listens.map(statementOf),
    { words: ['server_name', ...names.map(wordOf)], block: undefined },
    ...directives.map(statementOf),
    ...locations.map(locationOf),
  ],
})

const locationOf = ({ match, directives }: Location): Statement => ({
  words: ['location', ...match.map(wordOf)],
  block: directives.map(statementOf),
})
