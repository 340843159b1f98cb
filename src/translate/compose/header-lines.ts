import type { Header } from '../../annotations/contribution.ts'
import type { Answer, Protocol } from '../../model/config.ts'
import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { nginx } from '../../model/token.ts'
import type { Context } from '../context.ts'
import { forwardedHeaders } from '../http/headers.ts'
import { hiddenHeaders, responseHeaders } from '../http/response-headers.ts'
import { marked } from '../ingresses/marked.ts'
import type { Asked } from './asked.ts'
import { isGrpc } from './grpc.ts'

// nginx inherits all lines of a kind from http, or none: a location that sets one header repeats the list.

/** What an endpoint is told; nothing where http says it all. */
export function requestHeaderLines(
  { requestHeaders }: Asked,
  protocol: Protocol,
  context: Context,
): readonly Directive[] {
  if (requestHeaders.length === 0) return []
  const kind = isGrpc(protocol) ? 'grpc_set_header' : 'proxy_set_header'
  return withOwn(forwardedHeaders(context, kind), requestHeaders, ({ name, value }) =>
    directive(kind, name, value),
  )
}

/** What a client is told beside the answer, and what of an endpoint's answer it is not told. */
export function responseHeaderLines(
  { responseHeaders: own, hidden }: Asked,
  answer: Answer,
  context: Context,
): readonly Directive[] {
  const lines: Directive[] = []
  if (answer.kind === 'pass' && hidden.length > 0) {
    const kind = isGrpc(answer.protocol) ? 'grpc_hide_header' : 'proxy_hide_header'
    const base = hiddenHeaders(context).map((name) => directive(kind, name))
    lines.push(...withOwn(base, hidden, ({ name }) => directive(kind, name)))
  }
  if (own.length > 0)
    lines.push(
      ...withOwn(responseHeaders(context), own, ({ name, value }) =>
        directive('add_header', name, value, nginx`always`),
      ),
    )
  return lines
}

/** `base`, in which headers of `own` replace those of the same name and are added behind. */
function withOwn<H extends Omit<Header, 'value'>>(
  base: readonly Directive[],
  own: readonly H[],
  print: (header: H) => Directive,
): readonly Directive[] {
  const byName = new Map(own.map((header) => [header.name.toLowerCase(), header]))
  const printed = (header: H): Directive =>
    header.origin === undefined ? print(header) : marked(print(header), header.origin)
  const replaced = base.map((line) => {
    const name = (line.args[0] ?? '').toLowerCase()
    const header = byName.get(name)
    byName.delete(name)
    return header === undefined ? line : printed(header)
  })
  return [...replaced, ...[...byName.values()].map(printed)]
}
