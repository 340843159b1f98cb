import type { Annotation, Failure } from '../../annotations/annotation.ts'
import { isPolicy } from '../../annotations/annotation.ts'
import type { Policy } from '../../annotations/policy.ts'
import { annotations } from '../../annotations/registry.ts'
import { unsupported } from '../../annotations/unsupported.ts'
import { nearest, preview } from '../../diagnostics.ts'
import type { Diagnostic } from '../../diagnostics.ts'
import { exact } from '../../exact.ts'
import type { Directive } from '../../model/directive.ts'
import type { Origin } from '../../model/origin.ts'
import { defectOf } from '../../model/token.ts'
import type { Ingress } from '../../objects/kinds.ts'

/** An Ingress, and what its annotations ask for. */
export interface Annotated {
  readonly ingress: Ingress
  readonly origin: Origin
  readonly policy: Partial<Policy>
  /** Sorted by annotation, each with the annotation as its origin's field. */
  readonly directives: readonly Directive[]
  /** Something that protects cannot be applied: the locations answer 503. */
  readonly isDenied: boolean
  /** The Ingress is not served at all. */
  readonly isRefused: boolean
  readonly diagnostics: readonly Diagnostic[]
}

const instead: Readonly<Record<Failure, string>> = {
  default: 'the default applies',
  deny: 'its paths answer 503, because what protects fails closed',
  refuse: 'the Ingress is not served',
}

const seen = new WeakMap<Ingress, { readonly prefix: string; readonly result: Annotated }>()

/** Reads the annotations of `ingress` that start with `prefix`. The same object gives the same result. */
export function annotate(ingress: Ingress, prefix: string): Annotated {
  const already = seen.get(ingress)
  if (already?.prefix === prefix) return already.result
  const result = read(ingress, prefix)
  seen.set(ingress, { prefix, result })
  return result
}

function read(ingress: Ingress, prefix: string): Annotated {
  const diagnostics: Diagnostic[] = []
  const directives: Directive[] = []
  const failures = new Set<Failure>()
  let policy: Partial<Policy> = {}
  const origin: Origin = { kind: 'Ingress', namespace: ingress.namespace, name: ingress.name }

  const fail = (
    field: string,
    failure: Failure,
    code: Diagnostic['code'],
    problem: string,
  ): void => {
    failures.add(failure)
    const severity = code === 'annotation-unknown' && failure === 'default' ? 'warning' : 'error'
    const consequence =
      code === 'annotation-unknown' && failure === 'default' ? 'it has no effect' : instead[failure]
    diagnostics.push({ code, severity, object: ingress, field, problem, instead: consequence })
  }

  const given = givenOf(ingress, prefix)
  const read = new Set<string>()
  for (const [name, entry] of annotations) {
    const found = [name, ...entry.aliases].filter((candidate) => given.has(candidate))
    for (const candidate of found) read.add(candidate)
    const [field] = found
    if (field === undefined) continue
    const text = given.get(field) ?? ''
    const effect = effectOf(entry, text)
    if (effect === undefined)
      fail(
        field,
        entry.onInvalid,
        'annotation-invalid',
        `expected ${entry.expected}, got ${preview(text)}`,
      )
    else if (isPolicy(effect)) policy = { ...policy, ...effect }
    else {
      const from: Origin = {
        kind: 'Ingress',
        namespace: ingress.namespace,
        name: ingress.name,
        field,
      }
      directives.push(...effect.map((line) => fromAnnotation(line, from)))
    }
  }

  for (const [name, text] of given) {
    if (read.has(name)) continue
    const failure = unsupported.get(name)
    if (failure !== undefined) {
      if (text === 'false') continue // the feature is off, as it is here
      fail(name, failure, 'annotation-unknown', 'this version does not implement the annotation')
      continue
    }
    const printable = /^[\w.-]{1,100}$/.test(name) ? name : preview(name)
    const meant = nearest(name, [...annotations.keys(), ...unsupported.keys()])
    fail(
      printable,
      'default',
      'annotation-unknown',
      `unknown annotation${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
    )
  }

  return {
    ingress,
    origin,
    policy,
    directives: exact(directives),
    isDenied: failures.has('deny'),
    isRefused: failures.has('refuse'),
    diagnostics: exact(diagnostics),
  }
}

/** Without a spread, which would make objects half as large again. */
const fromAnnotation = ({ name, args, block }: Directive, origin: Origin): Directive =>
  block === undefined ? { name, args, origin } : { name, args, block, origin }

/** A list of networks may be longer than a token; each of its items is one. */
const longestText = 16_384

const effectOf = (entry: Annotation, text: string) =>
  text.length <= longestText && text.split(',').every((item) => defectOf(item) === undefined)
    ? entry.read(text)
    : undefined

/** By name without prefix, sorted; trimmed line by line as ingress-nginx does; empty ones count as absent. */
function givenOf(ingress: Ingress, prefix: string): ReadonlyMap<string, string> {
  const start = `${prefix}/`
  const given: [string, string][] = []
  for (const [key, value] of ingress.annotations) {
    if (!key.startsWith(start)) continue
    const text = value
      .split('\n')
      .map((line) => line.trim())
      .join('\n')
      .trim()
    if (text !== '') given.push([key.slice(start.length), text])
  }
  return new Map(given.sort(([a], [b]) => (a < b ? -1 : 1)))
}
