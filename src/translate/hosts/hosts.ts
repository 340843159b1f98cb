import { preview } from '../../diagnostics.ts'
import type { Diagnostic } from '../../diagnostics.ts'
import { exact } from '../../exact.ts'
import type { Backend, Ingress, IngressRule } from '../../objects/kinds.ts'
import { dns1123Subdomain } from '../../objects/meta.ts'
import type { Annotated } from '../ingresses/annotate.ts'
import { isSuspicious } from '../ingresses/inspect.ts'
import { remembered } from '../memory/kept.ts'
import type { KeptByName, KeptOrder, Pass } from '../memory/kept.ts'
import { fieldOf, keyOfPath, ruleField } from './host-path.ts'
import type { HostPath } from './host-path.ts'
import { takeShare } from './canaries.ts'
import { pathDefect } from './paths.ts'

/** The catch-all: rules without a host, and what no other host takes. */
export const catchAll = '_'

/** Everything that all Ingresses say about one host. */
export interface Host {
  readonly name: string
  /** The oldest Ingress that names the host and is served, if one is: its annotations count for what no path takes. Undefined for a catch-all that nobody names. */
  readonly first: Annotated | undefined
  /** Where requests go that no path takes; undefined for the global default backend. */
  readonly fallback: HostPath | undefined
  /** Oldest Ingress first; without those that lost. */
  readonly paths: readonly HostPath[]
  /** Every Ingress that rules over a part of the host, oldest first. */
  readonly ingresses: readonly Annotated[]
  /** Those that take some of the requests of others. */
  readonly canaries: readonly Annotated[]
}

interface Draft {
  first: Annotated | undefined
  fallback: HostPath | undefined
  readonly paths: Map<string, HostPath>
  readonly ingresses: Set<Annotated>
}

/** What one Ingress says about one host. */
interface Saying {
  readonly host: string
  readonly annotated: Annotated
  /** Undefined for the default backend of an Ingress without rules. */
  readonly rule: IngressRule | undefined
  /** Position of the rule. */
  readonly index: number
}

/** Merges the rules of all Ingresses, oldest first, into hosts, sorted by name. Conflicts are reported to the loser. */
export function hostsOf(
  annotated: readonly Annotated[],
  { hosts, hostOrder }: Memory,
  pass: Pass,
): readonly Host[] {
  const { report } = pass
  const byHost = new Map<string, Saying[]>([[catchAll, []]])
  for (const one of annotated) {
    const { sayings, diagnostics } = readingOf(one)
    for (const saying of sayings) {
      const others = byHost.get(saying.host)
      if (others === undefined) byHost.set(saying.host, [saying])
      else others.push(saying)
    }
    for (const diagnostic of diagnostics) report(diagnostic)
  }
  for (const [name, sayings] of byHost) {
    if (name === catchAll) continue
    if (sayings.every(isRefused) && !isTakenByOthers(name, byHost)) byHost.delete(name)
    else if (sayings.every(({ annotated: { policy } }) => policy.isCanary === true)) {
      merged(name, sayings, report) // of which nothing is left but what is wrong with it
      byHost.delete(name)
    }
  }
  return hostOrder.of(byHost).map((sayings) => {
    const name = nameOf(sayings)
    return hosts.of(name, sayings, pass, (reportOfHost) => merged(name, sayings, reportOfHost))
  })
}

const isRefused = ({ annotated }: Saying): boolean => annotated.isRefused

/** Whether requests for `host` would be somebody's if it had no server. */
const isTakenByOthers = (host: string, byHost: ReadonlyMap<string, readonly Saying[]>): boolean =>
  [host.replace(/^[^.]+/, '*'), catchAll].some(
    (name) => name !== host && byHost.get(name)?.some((saying) => !isRefused(saying)) === true,
  )

/** Hosts of the pass before. */
interface Memory {
  readonly hosts: KeptByName<Host>
  readonly hostOrder: KeptOrder
}

/** Only the catch-all is there without anybody who speaks of it. */
const nameOf = ([first]: readonly Saying[]): string => first?.host ?? catchAll

interface Reading {
  readonly sayings: readonly Saying[]
  readonly diagnostics: readonly Diagnostic[]
}

const readingOf = remembered(read)

function read(annotated: Annotated): Reading {
  const { ingress } = annotated
  const sayings: Saying[] = []
  const diagnostics: Diagnostic[] = []
  if (ingress.rules.length === 0 && ingress.defaultBackend !== undefined)
    sayings.push({ host: catchAll, annotated, rule: undefined, index: 0 })
  for (const [i, rule] of ingress.rules.entries()) {
    const host = hostNameOf(rule.host)
    if (isTold(annotated, rule.host)) continue
    if (host === undefined)
      diagnostics.push(invalidHost(ingress, `${ruleField(i)}.host`, rule.host))
    else sayings.push({ host, annotated, rule, index: i })
  }
  return { sayings: exact(sayings), diagnostics: exact(diagnostics) }
}

/** Of what an Ingress is refused for, which must not stand in nginx.conf. */
const isTold = ({ isRefused }: Annotated, text: string): boolean => isRefused && isSuspicious(text)

/** What `sayings`, oldest first, make of one host. */
function merged(name: string, sayings: readonly Saying[], report: Pass['report']): Host {
  const draft: Draft = {
    first: undefined,
    fallback: undefined,
    paths: new Map(),
    ingresses: new Set(),
  }
  const isOfCanary = ({ annotated: { policy } }: Saying): boolean => policy.isCanary === true
  for (const { annotated, rule, index: i } of sayings.filter((saying) => !isOfCanary(saying))) {
    if (rule === undefined) {
      catchAllBackend(annotated, draft, report)
      continue
    }
    if (draft.first === undefined || (draft.first.isRefused && !annotated.isRefused))
      begin(name, annotated, draft)
    draft.ingresses.add(annotated)
    for (const [j, path] of (rule.paths ?? []).entries()) {
      claim({ annotated, path, rule: i, index: j }, name, draft, report)
    }
  }
  const canaries = new Set<Annotated>()
  for (const { annotated, rule, index: i } of sayings.filter(isOfCanary))
    for (const [j, path] of (rule?.paths ?? []).entries()) {
      const isTaken = takeShare({ annotated, path, rule: i, index: j }, draft.paths, report)
      if (isTaken) canaries.add(annotated)
    }
  const { first, fallback, paths, ingresses } = draft
  return {
    name,
    first,
    fallback,
    paths: [...paths.values()],
    ingresses: [...ingresses],
    canaries: [...canaries],
  }
}

/** The host in lower case, `_` for none; undefined if it is no host of an Ingress. */
function hostNameOf(host: string): string | undefined {
  if (host === '') return catchAll
  const name = host.toLowerCase()
  const labels = name.startsWith('*.') ? name.slice(2) : name
  return dns1123Subdomain.test(labels) && name.length <= 253 ? name : undefined
}

/** The first Ingress that names a host and is served gives it its default backend. */
function begin(name: string, annotated: Annotated, draft: Draft): void {
  const { defaultBackend } = annotated.ingress
  draft.first = annotated
  if (name === catchAll) return
  draft.fallback = defaultBackend === undefined ? undefined : defaultPath(annotated, defaultBackend)
}

const defaultPath = (annotated: Annotated, backend: Backend): HostPath => ({
  annotated,
  path: { path: '/', pathType: 'Prefix', backend },
  rule: undefined,
  index: 0,
})

/** An Ingress with a default backend and no rules takes what nobody else takes; the oldest one wins. */
function catchAllBackend(annotated: Annotated, draft: Draft, report: Pass['report']): void {
  const { ingress } = annotated
  if (ingress.defaultBackend === undefined) return
  if (draft.fallback !== undefined) {
    report({
      code: 'host-conflict',
      severity: 'error',
      object: ingress,
      field: 'spec.defaultBackend',
      problem: `the older ingress ${ingressText(draft.fallback.annotated.ingress)} has one already`,
      instead: 'that one counts',
    })
    return
  }
  draft.fallback = defaultPath(annotated, ingress.defaultBackend)
  draft.ingresses.add(annotated)
}

function claim(taken: HostPath, host: string, draft: Draft, report: Pass['report']): void {
  const { annotated, path } = taken
  const { ingress, policy } = annotated
  if (isTold(annotated, path.path)) return
  const pathType = path.pathType === 'ImplementationSpecific' ? 'Prefix' : path.pathType
  const text = path.path === '' ? '/' : path.path
  const isRegex =
    policy.useRegex === true ||
    (policy.rewriteTarget !== undefined && policy.rewriteTarget.text !== text)
  const defect = pathDefect(path, isRegex)
  if (defect !== undefined) {
    report({
      code: 'path-invalid',
      severity: 'error',
      object: ingress,
      field: `${fieldOf(taken)}.path`,
      problem: `${defect}: ${preview(path.path)}`,
      instead: 'the path is not served',
    })
    return
  }
  if (path.backend.kind === 'resource') {
    report({
      code: 'backend-unsupported',
      severity: 'error',
      object: ingress,
      field: `${fieldOf(taken)}.backend.resource`,
      problem: 'expected a service; other resources are not supported',
      instead: 'the path is not served',
    })
    return
  }
  const key = keyOfPath(path)
  const winner = draft.paths.get(key)
  if (winner === undefined) {
    draft.paths.set(key, taken)
    return
  }
  const isOwn = winner.annotated.ingress === ingress
  report({
    code: 'path-conflict',
    severity: 'error',
    object: ingress,
    field: `${fieldOf(taken)}.path`,
    problem: `host ${host === catchAll ? '(any)' : host} and path ${preview(text)} (${pathType}) ${
      isOwn
        ? `are those of ${fieldOf(winner)} already`
        : `belong to the older ingress ${ingressText(winner.annotated.ingress)}`
    }`,
    instead: 'that one counts',
  })
}

const ingressText = ({ namespace, name }: Ingress): string => `${namespace}/${name}`

function invalidHost(ingress: Ingress, field: string, host: string): Diagnostic {
  return {
    code: 'host-invalid',
    severity: 'error',
    object: ingress,
    field,
    problem: `expected a DNS name such as "shop.example.com" or "*.example.com", got ${preview(host)}`,
    instead: 'the rule is not served',
  }
}
