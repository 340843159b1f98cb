/** Stable codes: users and dashboards match on them. */
export const diagnosticCodes = [
  'annotation-invalid',
  'annotation-unknown',
  'backend-unsupported',
  'canary-without-main',
  'certificate-invalid',
  'certificate-mismatch',
  'class-missing',
  'class-unknown',
  'configmap-not-found',
  'configuration-rejected',
  'file-unreadable',
  'host-conflict',
  'host-invalid',
  'ingress-refused',
  'object-duplicate',
  'object-invalid',
  'path-conflict',
  'path-invalid',
  'secret-invalid',
  'secret-not-found',
  'service-not-found',
  'service-port-not-found',
  'service-without-endpoints',
  'setting-invalid',
  'setting-refused',
  'setting-unknown',
] as const

export type DiagnosticCode = (typeof diagnosticCodes)[number]

/** The object a Diagnostic speaks of. `name` may hold text that nobody validated yet: print it with `refText`. */
export interface ObjectRef {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** Where the object was read: `shop.yaml:12`, or the line of a file. Only for objects that come from files. */
  readonly source?: string
}

/**
 * Something that a user wrote and that Sluice cannot do as written. Returned as a value, never
 * thrown: everything else goes on.
 */
export interface Diagnostic {
  readonly code: DiagnosticCode
  /** `error`: something is not served as written. `warning`: it is, but perhaps not as meant. */
  readonly severity: 'error' | 'warning'
  readonly object: ObjectRef
  /** As the user spells it: `spec.rules[0].host`, `proxy-body-size`. */
  readonly field?: string
  /** What was expected and what was found. */
  readonly problem: string
  /** What happens instead. */
  readonly instead?: string
}

const longestPreview = 80

/** A short, printable form of a user's text, in double quotes. */
export function preview(text: string): string {
  const cut = text.length > longestPreview ? `${text.slice(0, longestPreview)}…` : text
  return JSON.stringify(cut).replaceAll(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** `ingress shop/web`, or `ingress shop/web (shop.yaml:12)`. */
export function refText({ kind, namespace, name, source }: ObjectRef): string {
  const printable = /^[\w.:/-]*$/.test(name) ? name : preview(name)
  const scoped =
    namespace === ''
      ? printable
      : `${/^[\w.-]*$/.test(namespace) ? namespace : preview(namespace)}/${printable}`
  return `${kind.toLowerCase()} ${scoped}${source === undefined ? '' : ` (${source})`}`
}

/** `ingress shop/web: proxy-body-size: expected a size such as "8m", got "8 MB"; the default 1m applies` */
export function diagnosticText({ object, field, problem, instead }: Diagnostic): string {
  return [refText(object), field, instead === undefined ? problem : `${problem}; ${instead}`]
    .filter((part) => part !== undefined)
    .join(': ')
}

/**
 * What a Diagnostic says, wherever its object stands: a line that is added to a file above changes
 * nothing of it.
 */
export function identityOf(diagnostic: Diagnostic): string {
  const { kind, namespace, name } = diagnostic.object
  return diagnosticText({ ...diagnostic, object: { kind, namespace, name } })
}

/** Text order of what is printed, so that equal input gives equal reports. */
export function byText(a: Diagnostic, b: Diagnostic): number {
  const [left, right] = [diagnosticText(a), diagnosticText(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** The entry of `known` nearest to `text`, if any is near enough to be what was meant. */
export function nearest(text: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.floor(text.length / 4)) + 1
  for (const candidate of known) {
    const distance = editDistance(text, candidate, least)
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

/**
 * `, perhaps use-gzip is meant`, to be put behind "unknown key"; empty where nothing is near. Names in
 * `idle` are known and do nothing in this version, which is said, so that nobody tries them in vain.
 */
export function suggestion(
  text: string,
  working: Iterable<string>,
  idle: Iterable<string>,
): string {
  const doing = new Set(working)
  const meant = nearest(text, [...doing, ...idle])
  if (meant === undefined) return ''
  const caveat = doing.has(meant) ? '' : ', which this version does not implement'
  return `, perhaps ${meant} is meant${caveat}`
}

function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? limit) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(
        Math.min(substitution, (previous[j] ?? limit) + 1, (current[j - 1] ?? limit) + 1),
      )
    }
    previous = current
  }
  return previous[b.length] ?? limit
}
