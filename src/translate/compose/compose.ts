import { exact } from '../../exact.ts'
import type { Answer, Location } from '../../model/config.ts'
import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { nginx, number } from '../../model/token.ts'
import type { Word } from '../../model/token.ts'
import type { Context } from '../context.ts'
import { marked } from '../ingresses/marked.ts'
import type { Asked } from './asked.ts'
import { requestHeaderLines, responseHeaderLines } from './header-lines.ts'
import { isGrpc, overGrpc } from './grpc.ts'
import { inheritedLines, lineText } from './inherited.ts'
import { knownHeaders, variablesOf, variableLines } from './log-variables.ts'
import type { Whose } from './log-variables.ts'
import { whereEmpty } from './where-empty.ts'

/** What a request gets that nothing stops, and how. */
export interface Ending {
  readonly answer: Answer
  /** The directives that give it, the last of a location. */
  readonly lines: readonly Directive[]
}

/** Everything that a location is made of, beside its path. */
export interface Parts {
  readonly asked: Asked
  /** The redirect to HTTPS; undefined where there is none, or where the server has it. */
  readonly toHttps: Directive | undefined
  readonly ending: Ending
  /** Whose path it is, for the log; undefined for nobody's. */
  readonly whose: Whose | undefined
}

/**
 * The directives of a location, in the order in which a request meets them (`phases`), and the answer that
 * they lead to. What answers in one phase is the last word: later ones are not printed.
 *
 * nginx answers `return` before it asks who may enter. So what has no endpoint behind it ends in `return`
 * only where it is to be seen by everybody, and in `try_files` where somebody is asked first.
 */
export function compose(parts: Parts, context: Context): Pick<Location, 'answer' | 'directives'> {
  const { asked, toHttps, ending } = parts
  const { phased } = asked
  const headersWhere = (isAsked: boolean): readonly Directive[] =>
    responseHeaderLines(asked, ending.answer, isAsked, context)
  const first = [...(phased.preflight ?? []), ...(phased.redirect ?? [])]
  if (asked.redirect !== undefined) {
    const { code, to, origin } = asked.redirect
    const line = directive('return', number(code), to)
    return returned(code, [...first, ...headersWhere(false), origin ? marked(line, origin) : line])
  }
  if (asked.denial !== undefined)
    return returned(503, [...first, ...headersWhere(false), marked(unavailable, asked.denial)])

  const before = [...first, ...(toHttps === undefined ? [] : [toHttps])]
  const { answer } = ending
  if (answer.kind === 'pass') {
    const asks = asking(asked)
    const own = [...asks, ...(phased.tuning ?? [])]
    const requestHeaders = knownHeaders(asked.requestHeaders, parts.whose)
    const directives = [
      ...variableLines(variablesOf(requestHeaders, context.settings), parts.whose),
      ...before,
      ...unavailableWhereEmpty(answer.to, asks.length > 0, context),
      ...(isGrpc(answer.protocol) ? own.flatMap(overGrpc) : own).filter(
        (line) => !inheritedLines(context).has(lineText(line)),
      ),
      ...requestHeaderLines({ requestHeaders }, answer.protocol, context),
      ...headersWhere(true),
      ...ending.lines,
    ]
    return { answer, directives: exact(directives) }
  }
  // to everybody, for nobody's protection can be passed over
  if (answer.code !== 404)
    return returned(answer.code, [...before, ...headersWhere(false), ...ending.lines])
  const asks = asking(asked)
  const lines = asks.length === 0 ? ending.lines : [...asks, afterAll(asks)]
  return returned(404, [...before, ...headersWhere(asks.length > 0), ...lines])
}

const unavailable = directive('return', nginx`503`)

/** 404 for whom `asks` let in, because of what made somebody ask. */
function afterAll(asks: readonly Directive[]): Directive {
  const line = directive('try_files', nginx`/nonexistent`, nginx`=404`)
  const origin = asks.flatMap(({ origin: own, block: inside = [] }) => [own, inside[0]?.origin])
  const first = origin.find((one) => one !== undefined)
  return first === undefined ? line : marked(line, first)
}

/**
 * Who asks for a Service without endpoints gets 503, and neither is asked who he is nor goes to a canary.
 * Elsewhere the upstream itself says so.
 */
function unavailableWhereEmpty(
  [upstream, ...canaries]: readonly Word[],
  isAsked: boolean,
  context: Context,
): readonly Directive[] {
  if (upstream === undefined || (!isAsked && canaries.length === 0)) return []
  return whereEmpty(upstream, { ...unavailable, because: noEndpoint }, context)
}

const noEndpoint = nginx`no ready endpoint`

/** What is looked at after `return`. */
const asking = ({ phased }: Asked): readonly Directive[] => [
  ...(phased.limit ?? []),
  ...(phased.access ?? []),
]

/** Whether something is said before the redirect to HTTPS, which then stands in the location. */
export const comesBeforeHttps = ({ phased, redirect, denial }: Asked): boolean =>
  redirect !== undefined ||
  denial !== undefined ||
  phased.preflight !== undefined ||
  phased.redirect !== undefined

/** Whether the redirect to HTTPS is never reached. */
export const answersBeforeHttps = ({ redirect, denial }: Asked): boolean =>
  redirect !== undefined || denial !== undefined

const returned = (
  code: number,
  directives: readonly Directive[],
): Pick<Location, 'answer' | 'directives'> => ({
  answer: { kind: 'return', code },
  directives: exact(directives),
})
