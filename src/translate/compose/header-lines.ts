import type { Header, ResponseHeader } from '../../annotations/contribution.ts'
import type { Answer, Protocol } from '../../model/config.ts'
import type { Directive, DirectiveName } from '../../model/directive.ts'
import type { Origin } from '../../model/origin.ts'
import { nginx } from '../../model/token.ts'
import type { Token } from '../../model/token.ts'
import type { Context } from '../context.ts'
import { forwardedHeaders } from '../http/headers.ts'
import { hiddenHeaders, responseHeaders } from '../http/response-headers.ts'
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
  return withOwn(forwardedHeaders(context, kind), requestHeaders, ({ name, value, origin }) =>
    line(kind, [name, value], origin),
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
    lines.push(
      ...withOwn(hiddenHeaders(context, kind), hidden, ({ name, origin }) =>
        line(kind, [name], origin),
      ),
    )
  }
  const told = own.filter(({ isOfAccess = false }) => isAsked || !isOfAccess)
  if (told.length > 0) lines.push(...withOwn(responseHeaders(context), told, addHeader))
  return lines
}

const addHeader = ({ name, value, isForSuccess = false, origin }: ResponseHeader): Directive =>
  line('add_header', isForSuccess ? [name, value] : [name, value, always], origin)

const always = nginx`always`

const line = (name: DirectiveName, args: readonly Token[], origin: Origin | undefined): Directive =>
  origin === undefined ? { name, args } : { name, args, origin }

/** `base`, in which headers of `own` replace those of the same name and are added behind. Of several the last counts. */
function withOwn<H extends Omit<Header, 'value'>>(
  base: readonly Directive[],
  own: readonly H[],
  print: (header: H) => Directive,
): readonly Directive[] {
  const lines = [...base]
  for (const header of own) {
    const { name } = header
    // a response sets a cookie with each header of that name
    const place = isCalled(name, 'Set-Cookie')
      ? -1
      : lines.findIndex(({ args: [other = ''] }) => isCalled(name, other))
    if (place === -1) lines.push(print(header))
    else lines[place] = print(header)
  }
  return lines
}

/** As HTTP compares names of headers. */
const isCalled = (a: string, b: string): boolean =>
  a.length === b.length && a.toLowerCase() === b.toLowerCase()
