import type { Contribution } from '../../annotations/contribution.ts'
import type { About, Failure, Feature, Field, Request } from '../../annotations/feature.ts'
import type { Look } from '../../annotations/look.ts'
import type { Policy } from '../../annotations/policy.ts'
import { annotations, annotationsByName, features } from '../../annotations/registry.ts'
import type { Annotation } from '../../annotations/registry.ts'
import { unsupported } from '../../annotations/unsupported.ts'
import { nearest, preview } from '../../diagnostics.ts'
import type { Diagnostic } from '../../diagnostics.ts'
import { exact } from '../../exact.ts'
import type { Origin } from '../../model/origin.ts'
import { defectOf } from '../../model/token.ts'
import type { Ingress } from '../../objects/kinds.ts'
import type { Settings } from '../../settings/table.ts'
import { givenOf, givenTo, keyName } from './given.ts'
import { suspiciousField } from './inspect.ts'
import { marked } from './marked.ts'

/** An Ingress, and what its annotations ask for. */
export interface Annotated {
  readonly ingress: Ingress
  readonly origin: Origin
  readonly policy: Partial<Policy>
  /** The annotation behind each part of `policy`. */
  readonly origins: Readonly<Partial<Record<keyof Policy, Origin>>>
  /** By feature, in the order of the registry; none of an Ingress that is refused. */
  readonly contributions: ReadonlyMap<string, Contribution>
  /** The annotation that protects and cannot be applied: the paths answer 503. */
  readonly denial: Origin | undefined
  /** The Ingress is not served. Where another one would take its paths, they answer 503. */
  readonly isRefused: boolean
}

/** What the annotations of all Ingresses are read with. */
export interface Surroundings {
  readonly prefix: string
  readonly settings: Settings
  /** Of the ConfigMap; undefined where there is none. */
  readonly configMap: Origin | undefined
  readonly request: Request
  readonly stateDir: string
  readonly deepInspect: boolean
  /** `no-auth-locations`. */
  readonly exempt: readonly string[]
}

type Report = (diagnostic: Diagnostic) => void

/**
 * Reads the annotations of `ingress`; what is wrong with them is reported. It never throws: what one
 * Ingress says must not stop the changes of the others.
 */
export function annotate(
  ingress: Ingress,
  surroundings: Surroundings,
  look: Look,
  report: Report,
): Annotated {
  const reading = new Reading(ingress, report)
  const suspicious = surroundings.deepInspect ? suspiciousField(ingress) : undefined
  if (suspicious !== undefined) reading.fail(suspicious, 'refuse', injected)
  reading.read(givenOf(ingress, surroundings.prefix))
  const contributions = new Map<string, Contribution>()
  for (const feature of features) {
    if (!feature.isForAll && !reading.touched.has(feature)) continue
    const [field = ''] = Object.keys(feature.fields).filter((name) => reading.has(name))
    const contribution = reading.tried(field, () =>
      reading.contributionOf(feature, surroundings, look),
    )
    if (contribution !== undefined) contributions.set(feature.name, contribution)
  }
  reading.reportFailures()
  const { origin, policy, origins, denial, isRefused } = reading
  // of what is not served nothing counts but where it stands
  if (isRefused) contributions.clear()
  return { ingress, origin, policy, origins, contributions, denial, isRefused }
}

const longestText = 65_536

const injected = { code: 'ingress-refused', problem: 'looks like injected configuration' } as const

interface Failed {
  readonly field: string
  readonly failure: Failure
  readonly what: Pick<Diagnostic, 'code' | 'problem'>
}

/** The annotations of one Ingress, while they are read. */
class Reading {
  readonly origin: Origin
  policy: Partial<Policy> = {}
  origins: Partial<Record<keyof Policy, Origin>> = {}
  denial: Origin | undefined
  isRefused = false
  readonly #failures: Failed[] = []
  /** Features of which some annotation has a value. */
  readonly touched = new Set<Feature>()
  readonly #ingress: Ingress
  readonly #report: Report
  /** The annotations that are there, whether or not they have a value that can be used. */
  readonly #given = new Set<string>()
  readonly #byField = new Map<string, Origin>()
  /** By annotation; `field` is the name that was given. */
  readonly #values = new Map<string, { readonly value: unknown; readonly field: string }>()

  constructor(ingress: Ingress, report: Report) {
    this.#ingress = ingress
    this.#report = report
    this.origin = { kind: 'Ingress', namespace: ingress.namespace, name: ingress.name }
  }

  read(given: ReadonlyMap<string, string>): void {
    const known = new Set<Annotation>()
    for (const [name, text] of given) {
      const annotation = annotationsByName.get(name)
      if (annotation === undefined) this.#unknown(name, text)
      else known.add(annotation)
    }
    for (const { name, field, feature } of known) {
      this.touched.add(feature)
      this.#given.add(name)
      const names = [name, ...(field.aliases ?? [])]
      const used = names.find((candidate) => given.has(candidate)) ?? name
      this.tried(used, () => this.#value(name, used, field, given.get(used) ?? ''))
    }
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  /** What `make` gives. Where it throws, the last that stands between a text and everybody, `field` is denied. */
  tried<T>(field: string, make: () => T): T | undefined {
    try {
      return make()
    } catch (error) {
      const problem = `cannot be printed: ${preview(String(error))}`
      this.fail(field, 'deny', { code: 'annotation-invalid', problem })
      return undefined
    }
  }

  #value(name: string, used: string, field: Field<unknown>, text: string): void {
    if (field.unserved?.includes(text.toLowerCase()) === true) {
      const problem = `this version does not implement ${preview(text)}`
      this.fail(used, 'deny', { code: 'annotation-unknown', problem })
      return
    }
    const value = isReadable(text) ? field.value.parse(text) : undefined
    if (value === undefined) {
      const problem =
        text.length > longestText
          ? `expected at most ${longestText} characters, got ${text.length}`
          : `expected ${field.value.expected}, got ${preview(text)}`
      this.fail(used, field.onInvalid ?? 'default', { code: 'annotation-invalid', problem })
      return
    }
    this.#values.set(name, { value, field: used })
    const policy = field.policy?.(value)
    if (policy === undefined) return
    this.policy = { ...this.policy, ...policy }
    for (const part of Object.keys(policy) as (keyof Policy)[])
      this.origins[part] = this.#from(used)
  }

  #unknown(name: string, text: string): void {
    const failure = unsupported.get(name)
    if (failure !== undefined) {
      if (text === 'false') return // the feature is off, as it is here
      const problem = 'this version does not implement the annotation'
      this.fail(name, failure, { code: 'annotation-unknown', problem })
      return
    }
    const printable = /^[\w.-]{1,100}$/.test(name) ? name : preview(name)
    const meant = nearest(name, annotationsByName.keys())
    const problem = `unknown annotation${meant === undefined ? '' : `, perhaps ${meant} is meant`}`
    this.fail(printable, 'default', { code: 'annotation-unknown', problem })
  }

  /** What `feature` makes of its annotations; its own `tuning` comes before what it contributes. */
  contributionOf(
    feature: Feature,
    surroundings: Surroundings,
    look: Look,
  ): Contribution | undefined {
    const own = Object.keys(feature.fields).filter((name) => this.#values.has(name))
    if (own.length === 0 && !feature.isForAll) return undefined
    const tuning = own.flatMap((name) => {
      const { value, field } = this.#values.get(name) ?? { value: undefined, field: name }
      const lines = feature.fields[name]?.tuning?.(value) ?? []
      return lines.map((line) => marked(line, this.#from(field)))
    })
    const made = feature.contribute?.(
      givenTo(feature, this.#values, surroundings.settings),
      this.#about(surroundings, look, own[0]),
    )
    if (tuning.length === 0) return made
    return made === undefined
      ? { location: { tuning: exact(tuning) } }
      : {
          ...made,
          location: { ...made.location, tuning: [...tuning, ...(made.location?.tuning ?? [])] },
        }
  }

  /** `first` is the first annotation of the feature that has a value: what the others' defaults come from, too. */
  #about(
    { request, stateDir, exempt, configMap, settings }: Surroundings,
    look: Look,
    first: string | undefined,
  ): About {
    const { namespace, name, rules } = this.#ingress
    return {
      namespace,
      name,
      hosts: [...new Set(rules.map(({ host }) => host.toLowerCase()))],
      look,
      request,
      stateDir,
      exempt,
      isGiven: (annotation) => this.#given.has(annotation),
      from: (annotation) => {
        const field = annotations.get(annotation)?.field
        const given = this.#values.get(annotation)
        if (given === undefined && field?.key !== undefined && configMap !== undefined)
          return { ...configMap, field: keyName(annotation, field, settings) }
        return this.#from(given?.field ?? this.#values.get(first ?? '')?.field ?? annotation)
      },
      deny: (annotation, { code, problem }) => {
        const field = this.#values.get(annotation)?.field ?? annotation
        this.fail(field, 'deny', { code, problem })
      },
      warn: (annotation, { code, problem, instead }) => {
        const field = this.#values.get(annotation)?.field ?? annotation
        const object = this.#ingress
        this.#report({
          code,
          severity: 'warning',
          object,
          field,
          problem,
          ...(instead === undefined ? {} : { instead }),
        })
      },
    }
  }

  fail(field: string, failure: Failure, what: Pick<Diagnostic, 'code' | 'problem'>): void {
    if (failure !== 'default') this.denial ??= this.#from(field)
    if (failure === 'refuse') this.isRefused = true
    this.#failures.push({ field, failure, what })
  }

  /** Once all are known, so that all say the same of what is served. */
  reportFailures(): void {
    for (const { field, failure, what } of this.#failures) {
      const isIgnored = what.code === 'annotation-unknown' && failure === 'default'
      const worst = failure === 'deny' && this.isRefused ? 'refuse' : failure
      this.#report({
        ...what,
        severity: isIgnored ? 'warning' : 'error',
        object: this.#ingress,
        field,
        instead: isIgnored ? 'it has no effect' : instead[worst],
      })
    }
  }

  #from(field: string): Origin {
    let origin = this.#byField.get(field)
    if (origin === undefined) {
      const { namespace, name } = this.#ingress
      origin = { kind: 'Ingress', namespace, name, field }
      this.#byField.set(field, origin)
    }
    return origin
  }
}

const instead: Readonly<Record<Failure, string>> = {
  default: 'the default applies',
  deny: 'its paths answer 503, because what protects fails closed',
  refuse: 'the Ingress is not served',
}

/** A list may be longer than a token; each of its items is one. */
const isReadable = (text: string): boolean =>
  defectOf(text) === undefined ||
  (text.length <= longestText &&
    text.split(',').every((item) => defectOf(item.trim()) === undefined))
