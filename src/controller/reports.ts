import { identityOf, refText } from '../diagnostics.ts'
import type { Diagnostic } from '../diagnostics.ts'
import type { Logger } from '../log.ts'

/** The Diagnostics of the last pass. Each is logged once when it appears and once when it is gone. */
export class Reports {
  readonly #log: Logger
  #byIdentity: ReadonlyMap<string, Diagnostic> = new Map()

  constructor(log: Logger) {
    this.#log = log
  }

  get all(): readonly Diagnostic[] {
    return [...this.#byIdentity.values()]
  }

  /** Returns what is new and what is gone. */
  replace(diagnostics: readonly Diagnostic[]): {
    readonly added: readonly Diagnostic[]
    readonly resolved: readonly Diagnostic[]
  } {
    const before = this.#byIdentity
    const after = byIdentity(diagnostics)
    this.#byIdentity = after
    const added = [...after].flatMap(([identity, each]) => (before.has(identity) ? [] : [each]))
    const resolved = [...before].flatMap(([identity, each]) => (after.has(identity) ? [] : [each]))

    for (const each of added) {
      // Only what no tenant can have caused asks the operator to act.
      if (each.code === 'configuration-rejected') this.#log.error(fieldsOf(each), 'reported')
      else this.#log.warn(fieldsOf(each), 'reported')
    }
    for (const each of resolved) this.#log.info(fieldsOf(each), 'resolved')
    return { added, resolved }
  }
}

/** Two that say the same, of two documents of a file perhaps, are two. */
function byIdentity(diagnostics: readonly Diagnostic[]): ReadonlyMap<string, Diagnostic> {
  const found = new Map<string, Diagnostic>()
  const times = new Map<string, number>()
  for (const diagnostic of diagnostics) {
    const identity = identityOf(diagnostic)
    const before = times.get(identity) ?? 0
    times.set(identity, before + 1)
    found.set(before === 0 ? identity : `${identity} #${before}`, diagnostic)
  }
  return found
}

const fieldsOf = ({ code, severity, object, field, problem, instead }: Diagnostic): object => ({
  code,
  severity,
  object: refText(object),
  ...(field === undefined ? {} : { field }),
  problem,
  ...(instead === undefined ? {} : { instead }),
})
