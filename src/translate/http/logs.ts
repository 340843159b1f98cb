import { locationVariables } from '../../annotations/contribution.ts'
import type { Upstream } from '../../model/config.ts'
import { directive, entry } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { literal, nginx, template, word } from '../../model/token.ts'
import type { Token, Word } from '../../model/token.ts'
import { hasAccessLog, shownVariables } from '../../settings/access-log.ts'
import type { LogPart } from '../../settings/log-format.ts'
import { askedBy } from '../../settings/origins.ts'
import type { Context } from '../context.ts'
import { clientAddress } from './client-address.ts'
import { empty, map, otherwise } from './map.ts'
import { hostOf, portOf, requestId, schemeOf } from './request.ts'

export function logs(context: Context): readonly Directive[] {
  const { settings, options } = context
  if (!hasAccessLog(settings))
    return askedBy(
      settings,
      ['disable-access-log', 'disable-http-access-log'],
      [directive('access_log', nginx`off`)],
    )
  const variables = shownVariables(settings)
  // what nginx answers by itself is of no location that sets them
  const unset = locationVariables.filter((variable) => variables.has(variable))
  const file =
    options.logs === 'files' ? literal(`${options.stateDir}/access.log`) : nginx`/dev/stdout`
  const { token: path, isBuffered } = settings['access-log-path'] ?? {
    token: file,
    isBuffered: true,
  }
  const buffer = isBuffered ? [nginx`buffer=32k`, nginx`flush=1s`] : []
  return [
    ...unset.map((variable) => map(empty, nginx`$${word(variable)}`, [[otherwise, empty]])),
    ...askedBy(
      settings,
      ['log-format-upstream', 'log-format-escape-json'],
      [directive('log_format', nginx`upstreaminfo`, ...escaping(context), ...format(context))],
    ),
    ...askedBy(
      settings,
      ['access-log-path'],
      [directive('access_log', path, nginx`upstreaminfo`, ...buffer)],
    ),
  ]
}

/** nginx takes a first word that starts with `escape=` for this. */
function escaping({ settings }: Context): readonly Word[] {
  if (settings['log-format-escape-json']) return [nginx`escape=json`]
  const [first] = settings['log-format-upstream'].parts
  return first?.kind === 'text' && first.text.startsWith('escape=') ? [nginx`escape=default`] : []
}

/** The format as words that nginx joins: it refuses one that is long. */
function format(context: Context): readonly Token[] {
  const { settings } = context
  const called = namesOf(context)
  const absent = settings['log-format-escape-json'] ? '' : '-'
  const words: Token[] = []
  let text = ''
  const flush = (): void => {
    if (text !== '') words.push(template(text, () => true))
    text = ''
  }
  const pieces = settings['log-format-upstream'].parts.flatMap((part) =>
    textsOf(part, called, absent),
  )
  for (const [i, piece] of pieces.entries()) {
    if (text.length + piece.length > longestWord) flush()
    const next = pieces[i + 1] ?? ''
    text += /^\w/.test(next) ? piece.replace(/\$(\w+)$/, (_, name: string) => `\${${name}}`) : piece
  }
  flush()
  return words.length === 0 ? [empty] : words
}

const longestWord = 600

function textsOf(
  part: LogPart,
  called: ReadonlyMap<string, string>,
  absent: string,
): readonly string[] {
  switch (part.kind) {
    case 'text':
      return part.text.match(/.{1,300}/gsu) ?? []
    case 'variable':
      return [called.get(part.name) ?? `$${part.name}`]
    case 'unknown':
      return [absent]
  }
}

/** What nginx calls a variable of ingress-nginx, where it has the same by another name. */
const namesOf = (context: Context): ReadonlyMap<string, string> =>
  new Map<string, string>([
    ['best_http_host', hostOf(context)],
    ['pass_access_scheme', schemeOf(context.settings)],
    ['pass_port', portOf(context)],
    ['proxy_alternative_upstream_name', ''],
    ['req_id', requestId(context.settings)],
    ['the_real_ip', clientAddress(context.settings)],
  ])

/**
 * What ingress-nginx calls an upstream: `shop-web-80` for `1a2b3c4d_shop_web_80`. An entry for each costs
 * a request a tenth of what it costs to read that from the name with a regular expression.
 */
export function upstreamNames(
  upstreams: readonly Upstream[],
  { settings }: Pick<Context, 'settings'>,
): readonly Directive[] {
  if (!shownVariables(settings).has('proxy_upstream_name')) return []
  const entries = upstreams.flatMap(({ name: called, origin, port }) => {
    const text = `${origin.namespace}-${origin.name}-${port}`
    return /^[a-z0-9.-]+$/.test(text) ? [entry(called, word(text))] : []
  })
  return [map(nginx`$proxy_host`, nginx`$proxy_upstream_name`, [[otherwise, empty], ...entries])]
}
