import type { Reachable, Resolved } from '../../annotations/look.ts'
import type { RewriteTarget } from '../../annotations/rewrite-target.ts'
import type { Protocol } from '../../model/config.ts'
import { block, directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import type { Origin } from '../../model/origin.ts'
import { literal, nginx, number, pattern, word } from '../../model/token.ts'
import type { Token, Word } from '../../model/token.ts'
import type { Ending } from './compose.ts'
import { isGrpc } from './grpc.ts'

const schemes: Readonly<Record<Protocol, Word>> = {
  HTTP: nginx`http`,
  HTTPS: nginx`https`,
  GRPC: nginx`grpc`,
  GRPCS: nginx`grpcs`,
}

interface How {
  /** The whole URL, behind a scheme and a host; what the client asked for where it is left out. */
  readonly url?: (base: Word) => Token
  /**
   * Variable for the name of a host. A location that is asked while another one answers needs one of its
   * own, for both have the same variables.
   */
  readonly variable?: Word
  /** What chose the protocol or the upstream, if an annotation did. */
  readonly origin?: Origin | undefined
}

/** To an endpoint. */
export function passTo(
  target: Reachable,
  protocol: Protocol,
  { url = (base) => base, variable = nginx`$external_name`, origin }: How = {},
): Ending {
  const pass = (to: Token): Directive => {
    const line = directive(isGrpc(protocol) ? 'grpc_pass' : 'proxy_pass', to)
    return origin === undefined ? line : { ...line, origin }
  }
  const scheme = schemes[protocol]
  switch (target.kind) {
    case 'upstream':
      return {
        answer: { kind: 'pass', protocol, to: [target.upstream] },
        lines: [pass(url(nginx`${scheme}://${target.upstream}`))],
      }
    case 'name':
      return {
        answer: { kind: 'pass', protocol, to: [] },
        // a variable makes nginx resolve the name for each request
        lines: [
          directive('set', variable, target.address),
          pass(url(nginx`${scheme}://${variable}`)),
        ],
      }
  }
}

/**
 * `ending`, but to `upstream` where the variable `condition` is not empty. Both names are constants in
 * nginx.conf: one in a variable would cost every request a search through all upstreams.
 *
 * `whereEmpty` puts a directive where `upstream` has no endpoint, when requests stay with `ending`.
 */
export function alsoTo(
  ending: Ending,
  upstream: Word,
  condition: Word,
  because: Word,
  whereEmpty: (then: Directive) => readonly Directive[],
): Ending {
  const { answer, lines } = ending
  if (answer.kind !== 'pass') return ending
  const pass = isGrpc(answer.protocol) ? 'grpc_pass' : 'proxy_pass'
  const there = directive(pass, nginx`${schemes[answer.protocol]}://${upstream}`)
  const stays = whereEmpty(directive('set', goesThere, literal('')))
  const decided = stays.length === 0 ? nginx`$${condition}` : goesThere
  return {
    answer: { ...answer, to: [...answer.to, upstream] },
    lines: [
      ...(stays.length === 0 ? [] : [directive('set', goesThere, nginx`$${condition}`), ...stays]),
      block('if', [nginx`(${decided})`], [{ ...there, because }]),
      ...lines,
    ],
  }
}

const goesThere = nginx`$goes_to_canary`

/** 503, and in a comment why. */
export const unavailable = (because?: Word): Ending => ({
  answer: { kind: 'return', code: 503 },
  lines: [{ ...directive('return', nginx`503`), ...(because === undefined ? {} : { because }) }],
})

/** Why requests for a Service get 503. Its name may be text that nobody validated. */
export function reasonOf({ problem }: Resolved, service: Origin): Word | undefined {
  const { namespace, name } = service
  const isPrintable = /^[a-z0-9.-]{1,253}$/.test(name)
  const whose = isPrintable ? nginx`Service ${word(namespace)}/${word(name)}` : nginx`the Service`
  switch (problem?.code) {
    case 'service-not-found':
      return nginx`${whose} does not exist`
    case 'service-port-not-found':
      return nginx`${whose} has no such port`
    case 'service-without-endpoints':
      return nginx`${whose} has no ready endpoint`
    default:
      return undefined
  }
}

/** What nobody serves. */
export const notFound: Ending = {
  answer: { kind: 'return', code: 404 },
  lines: [directive('return', number(404))],
}

/** A rewrite of `path`, which its Ingress wants, and the groups of `path` that begin with a slash where they are not empty. */
export interface Rewrite {
  readonly path: string
  readonly target: RewriteTarget
  readonly origin: Origin
  /**
   * A redirect to groups that lie in each other: nginx before 1.30.2 writes past its memory then
   * (CVE-2026-9256).
   */
  readonly isRisky: boolean
  readonly bringsSlash: (group: number) => boolean
}

/**
 * ingress-nginx's rewrite: the path, wherever it matches, case-insensitively, makes the whole URI the
 * target. It stands right before the pass, because its `break` ends every `set` and `return` behind it. A
 * URL is where the client is sent instead, whether or not there is somebody to pass to.
 */
export function rewritten(
  ending: Ending,
  { path, target, origin, isRisky, bringsSlash }: Rewrite,
): Ending {
  if (isRisky) return unavailable(nginx`rewrite-target names groups that lie in each other`)
  const to = target.tokenFor(bringsSlash)
  const rewrite = (flag: Word): Directive => ({
    ...directive('rewrite', pattern(`(?i)${path}`), to, flag),
    origin,
  })
  if (target.isUrl)
    return { answer: { kind: 'return', code: 302 }, lines: [rewrite(nginx`redirect`)] }
  if (ending.answer.kind !== 'pass') return ending
  const at = ending.lines.findLastIndex(({ name }) => name === 'proxy_pass' || name === 'grpc_pass')
  return { ...ending, lines: ending.lines.toSpliced(at, 0, rewrite(nginx`break`)) }
}
