import type { Internal } from '../../annotations/contribution.ts'
import { exact } from '../../exact.ts'
import type { Location } from '../../model/config.ts'
import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { nginx, number } from '../../model/token.ts'
import type { Context } from '../context.ts'
import type { Annotated } from '../ingresses/annotate.ts'
import { marked } from '../ingresses/marked.ts'
import { everywhere } from './asked.ts'
import { passTo } from './ending.ts'
import { requestHeaderLines, responseHeaderLines } from './header-lines.ts'
import { inheritedLines, lineText } from './inherited.ts'

/** A location that nginx asks for `annotated`, to which `internal` belongs. */
export function composeInternal(
  internal: Internal,
  annotated: Annotated,
  context: Context,
): Location {
  const { kind, name, answer, directives, origin } = internal
  const asked = everywhere(annotated)
  const isNamed = kind === 'named'
  const start: readonly Directive[] = isNamed ? [] : [directive('internal')]
  const location = {
    match: isNamed ? [nginx`@${name}`] : [nginx`=`, name],
    origin: annotated.origin,
  }
  const withOrigin = (lines: readonly Directive[]): readonly Directive[] =>
    exact(lines.map((line) => marked(line, origin)))

  if (answer.kind === 'return') {
    const end = { kind: 'return', code: answer.code } as const
    const headers = isNamed ? responseHeaderLines(asked, end, true, context) : []
    const last = directive('return', number(answer.code), answer.text)
    return {
      ...location,
      answer: end,
      directives: [...withOrigin([...start, ...directives]), ...headers, marked(last, origin)],
    }
  }
  const { requestHeaders = [], alike = [] } = internal
  const { target, protocol, url } = answer
  const ending = passTo(target, protocol, { url, variable: nginx`$internal_name` })
  const ofOthers = (asked.phased.tuning ?? []).filter(
    (line) =>
      alike.some((one) => one === line.name) && !inheritedLines(context).has(lineText(line)),
  )
  return {
    ...location,
    answer: ending.answer,
    directives: exact([
      ...withOrigin([...start, ...directives]),
      ...ofOthers,
      ...requestHeaderLines({ requestHeaders }, protocol, context),
      ...(isNamed ? responseHeaderLines(asked, ending.answer, true, context) : []),
      ...withOrigin(ending.lines),
    ]),
  }
}
