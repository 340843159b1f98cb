import type { Look } from '../../annotations/look.ts'
import type { Location } from '../../model/config.ts'
import type { Directive } from '../../model/directive.ts'
import type { Origin } from '../../model/origin.ts'
import { name, nginx } from '../../model/token.ts'
import type { Token } from '../../model/token.ts'
import { askedOf } from '../compose/asked.ts'
import type { Asked } from '../compose/asked.ts'
import { answersBeforeHttps, comesBeforeHttps, compose } from '../compose/compose.ts'
import type { Ending } from '../compose/compose.ts'
import { rewritten, unavailable } from '../compose/ending.ts'
import type { Whose } from '../compose/log-variables.ts'
import type { Context } from '../context.ts'
import type { Annotated } from '../ingresses/annotate.ts'
import { backendEnding, defaultEnding, serviceOf } from './backend-ending.ts'
import { asksForRegex, restAsksForRegex, textOf, winners, withoutSlash } from './claims.ts'
import { catchAll } from './hosts.ts'
import type { HostPath } from './host-path.ts'
import type { Host } from './hosts.ts'
import { anchored } from '../../model/path-regex.ts'
import type { Claim } from './paths.ts'
import { rewriteOf } from './rewrites.ts'

/** A location, but for the redirect to HTTPS: the server may have it for all of them at once. */
export interface Plan {
  /** Whether plain HTTP is redirected there; undefined where it is not. */
  readonly toHttps: ToHttps | undefined
  /** Whether something else answers first, so that the server cannot redirect in its place. */
  readonly hasPrecedence: boolean
  /** The location, with `redirect` in its place if that is given. */
  readonly location: (redirect: Directive | undefined) => Location
}

/** A redirect to HTTPS, and what asked for it beside the default. */
export interface ToHttps {
  readonly because: Origin | undefined
}

/** The locations of `host`, longest path first. */
export function plansOf(host: Host, isTls: boolean, look: Look, context: Context): readonly Plan[] {
  const isRegex = host.paths.some(asksForRegex) || restAsksForRegex(host)
  const claimed = winners(host.paths, isRegex)
  const planner = new Planner(host, isTls, look, context)
  const plans = claimed.map(({ claim, hostPath }) => planner.ofPath(claim, hostPath))
  const takesAll = claimed.some(({ claim }) => claim.path === '/' && claim.comparison !== 'exact')
  const rest: Claim = { comparison: isRegex ? 'regex' : 'prefix', path: '/', rank: 2 }
  const bare = withoutSlash(claimed).map(({ claim, hostPath }) =>
    hostPath === undefined ? planner.ofRest(claim) : planner.ofPath(claim, hostPath),
  )
  return [...plans, ...bare, ...(takesAll ? [] : [planner.ofRest(rest)])]
}

/** What a location is composed of; paths of one Ingress to one Service share it. */
interface Draft {
  readonly asked: Asked
  readonly ending: Ending
  readonly origin: Origin
  readonly target?: Origin
  readonly whose: Whose | undefined
}

interface Composed extends Pick<Location, 'answer' | 'directives'> {
  readonly asked: Asked
}

class Planner {
  readonly #host: Host
  readonly #isTls: boolean
  readonly #look: Look
  readonly #context: Context
  readonly #endings = new Map<HostPath, Ending>()
  /** Most hosts have several paths to one Service, which say the same: their directives are one list. */
  readonly #composed = new Map<string, Composed>()
  #rest: Ending | undefined

  constructor(host: Host, isTls: boolean, look: Look, context: Context) {
    this.#host = host
    this.#isTls = isTls
    this.#look = look
    this.#context = context
  }

  /** Of a path. */
  ofPath(claim: Claim, hostPath: HostPath): Plan {
    const { annotated, path } = hostPath
    const { origin } = annotated
    const asked = askedOf(annotated, textOf(hostPath))
    const rewrite = rewriteOf(annotated, claim)
    // who is sent elsewhere needs no Service
    if (rewrite?.isRisky === true) this.#reportRisk(hostPath)
    const isSent = asked.redirect !== undefined || rewrite?.target.isUrl === true
    const ending = isSent ? unavailable() : this.#endingOf(hostPath)
    return this.#plan(
      claim,
      {
        asked,
        ending: rewrite === undefined ? ending : rewritten(ending, rewrite),
        origin,
        target: serviceOf(hostPath),
        whose: whoseOf(hostPath),
      },
      this.#redirect(annotated, textOf(hostPath)),
      rewrite === undefined
        ? `${origin.namespace}/${origin.name} ${JSON.stringify(path.backend)}`
        : undefined,
    )
  }

  /**
   * Of what no path takes, at `claim`: the default backend of the Ingress that came first, under its
   * annotations. Neither redirects nor rewriting apply to an Ingress's default backend for everything.
   */
  ofRest(claim: Claim): Plan {
    const { name: host, fallback, first } = this.#host
    const isCatchAll = host === catchAll
    if (fallback !== undefined) {
      if (!isCatchAll) return this.ofPath(claim, fallback)
      const { annotated } = fallback
      const asked = { ...askedOf(annotated, '/'), redirect: undefined }
      const draft = {
        asked,
        ending: this.#endingOf(fallback),
        origin: annotated.origin,
        target: serviceOf(fallback),
        whose: whoseOf(fallback),
      }
      return this.#plan(claim, draft, undefined)
    }
    const owner = isCatchAll ? undefined : first
    this.#rest ??= defaultEnding(this.#look, this.#context)
    const rewrite = owner && rewriteOf(owner, claim)
    return this.#plan(
      claim,
      {
        asked: askedOf(owner ?? this.#context.nobody, '/'),
        ending: rewrite?.target.isUrl === true ? rewritten(this.#rest, rewrite) : this.#rest,
        origin: owner?.origin ?? { kind: 'Sluice', namespace: '', name: 'default backend' },
        whose: undefined,
      },
      owner && this.#redirect(owner, '/'),
    )
  }

  #reportRisk({ annotated: { ingress } }: HostPath): void {
    this.#context.report({
      code: 'annotation-invalid',
      severity: 'error',
      object: ingress,
      field: 'rewrite-target',
      problem: 'expected a URL that names groups which do not lie in each other',
      instead: 'the path answers 503',
    })
  }

  #endingOf(hostPath: HostPath): Ending {
    let ending = this.#endings.get(hostPath)
    if (ending === undefined) {
      ending = backendEnding(hostPath, this.#look, this.#context)
      this.#endings.set(hostPath, ending)
    }
    return ending
  }

  #plan(claim: Claim, draft: Draft, toHttps: ToHttps | undefined, sharedKey?: string): Plan {
    const { asked, ending, origin, target, whose } = draft
    const composed = (redirect: Directive | undefined): Composed => {
      const key = sharedKey && `${sharedKey} ${redirect !== undefined}`
      const before = key === undefined ? undefined : this.#composed.get(key)
      if (before?.asked === asked) return before
      const made = { asked, ...compose({ asked, toHttps: redirect, ending, whose }, this.#context) }
      if (key !== undefined) this.#composed.set(key, made)
      return made
    }
    return {
      toHttps: answersBeforeHttps(asked) ? undefined : toHttps,
      hasPrecedence: comesBeforeHttps(asked),
      location: (redirect) => {
        const { answer, directives } = composed(redirect)
        const leadsThere = answer.kind === 'pass' && target !== undefined
        return {
          match: matchOf(claim),
          origin,
          ...(leadsThere ? { target } : {}),
          answer,
          directives,
        }
      },
    }
  }

  #redirect({ policy, origins }: Annotated, path: string): ToHttps | undefined {
    const { settings } = this.#context
    if (settings['no-tls-redirect-locations'].some((prefix) => path.startsWith(prefix)))
      return undefined
    if (this.#isTls && (policy.sslRedirect ?? settings['ssl-redirect']))
      return {
        because: settings['ssl-redirect']
          ? settings.origins.get('ssl-redirect')
          : origins.sslRedirect,
      }
    return (policy.forceSslRedirect ?? settings['force-ssl-redirect'])
      ? { because: origins.forceSslRedirect ?? settings.origins.get('force-ssl-redirect') }
      : undefined
  }
}

const whoseOf = ({ annotated: { ingress }, path: { backend } }: HostPath): Whose | undefined =>
  backend.kind === 'service' ? { ingress, service: backend.name, port: backend.port } : undefined

function matchOf({ comparison, path }: Claim): readonly Token[] {
  switch (comparison) {
    case 'exact':
      return [nginx`=`, name(path)]
    case 'prefix':
      return [name(path)]
    case 'regex':
      return [nginx`~*`, anchored(path)]
  }
}
