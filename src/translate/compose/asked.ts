import { inPhases } from '../../annotations/contribution.ts'
import type {
  Contribution,
  Header,
  Phased,
  Redirect,
  ResponseHeader,
} from '../../annotations/contribution.ts'
import { exact } from '../../exact.ts'
import type { Origin } from '../../model/origin.ts'
import type { Annotated } from '../ingresses/annotate.ts'
import { remembered } from '../memory/kept.ts'

/** What the annotations of an Ingress ask of its locations, of all features together. */
export interface Asked {
  readonly phased: Phased
  readonly redirect: Redirect | undefined
  readonly denial: Origin | undefined
  readonly requestHeaders: readonly Header[]
  readonly responseHeaders: readonly ResponseHeader[]
  readonly hidden: readonly Omit<Header, 'value'>[]
}

/** Of Ingresses without annotations, and of what belongs to no Ingress. */
export const nothingAsked: Asked = {
  phased: {},
  redirect: undefined,
  denial: undefined,
  requestHeaders: [],
  responseHeaders: [],
  hidden: [],
}

/** What `annotated` asks of the location of `path`. One object for all paths that are asked the same. */
export function askedOf(annotated: Annotated, path: string): Asked {
  const contributions = [...annotated.contributions.values()]
  const isWithout = ({ except = [] }: Contribution): boolean =>
    except.some((prefix) => path.startsWith(prefix))
  return contributions.some(isWithout)
    ? merged(
        contributions.flatMap((one) => (isWithout(one) ? (one.instead ?? []) : one)),
        annotated.denial,
      )
    : everywhere(annotated)
}

/** What `annotated` asks of its other locations, of which most have no path that is an exception. */
export const everywhere = remembered(({ contributions, denial }: Annotated) =>
  contributions.size === 0 && denial === undefined
    ? nothingAsked
    : merged([...contributions.values()], denial),
)

function merged(contributions: readonly Contribution[], denial: Origin | undefined): Asked {
  return {
    phased: inPhases(contributions.flatMap(({ location }) => location ?? [])),
    denial,
    redirect: contributions.find(({ redirect }) => redirect !== undefined)?.redirect,
    requestHeaders: exact(contributions.flatMap(({ requestHeaders }) => requestHeaders ?? [])),
    responseHeaders: exact(contributions.flatMap(({ responseHeaders }) => responseHeaders ?? [])),
    hidden: exact(contributions.flatMap(({ hidden }) => hidden ?? [])),
  }
}
