import type { Header, ResponseHeader } from '../../annotations/contribution.ts'
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
  { requestHeaders }: Pick<Asked, 'requestHeaders'>,
  protocol: Protocol,
  context: Context,
): readonly Directive[] {
  if (requestHeaders.length === 0) return []
  const kind = isGrpc(protocol) ? 'grpc_set_header' : 'proxy_set_header'
  return withOwn(forwardedHeaders(context, kind), requestHeaders, ({ name, value }) =>
    directive(kind, name, value),
  )
}

/**
 * What a client is told beside the answer, and what of an endpoint's answer it is not told. `isAsked`
 * where somebody asks him who he is before.
 */
export function responseHeaderLines(
  { responseHeaders: own, hidden }: Pick<Asked, 'responseHeaders' | 'hidden'>,
  answer: Answer,
  isAsked: boolean,
  context: Context,
): readonly Directive[] {
  const lines: Directive[] = []
  if (answer.kind === 'pass' && hidden.length > 0) {
    const kind = isGrpc(answer.protocol) ? 'grpc_hide_header' : 'proxy_hide_header'
    const base = hiddenHeaders(context).map((name) => directive(kind, name))
    lines.push(...withOwn(base, hidden, ({ name }) => directive(kind, name)))
  }
  const told = own.filter(({ isOfAccess = false }) => isAsked || !isOfAccess)
  if (told.length > 0) lines.push(...withOwn(responseHeaders(context), told, addHeader))
  return lines
}

const addHeader = ({ name, value, isForSuccess = false }: ResponseHeader): Directive =>
  directive('add_header', name, value, ...(isForSuccess ? [] : [nginx`always`]))

/** `base`, in which headers of `own` replace those of the same name and are added behind. */
function withOwn<H extends Omit<Header, 'value'>>(
  base: readonly Directive[],
  own: readonly H[],
  print: (header: H) => Directive,
): readonly Directive[] {
  const byName = new Map(own.map((header, i) => [identityOf(header, i), header]))
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

/** A response sets a cookie with each header of that name. Of any other name there is one. */
function identityOf({ name }: Omit<Header, 'value'>, place: number): string {
  const lower = name.toLowerCase()
  return lower === 'set-cookie' ? `${lower} ${place}` : lower
}
