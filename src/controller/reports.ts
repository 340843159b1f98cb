import { diagnosticText, refText } from '../diagnostics.ts'
import type { Diagnostic } from '../diagnostics.ts'
import type { Logger } from '../log.ts'

/** The Diagnostics of the last pass. Each is logged once when it appears and once when it is gone. */
export class Reports {
  readonly #log: Logger
  #byText: ReadonlyMap<string, Diagnostic> = new Map()

  constructor(log: Logger) {
    this.#log = log
  }

  get all(): readonly Diagnostic[] {
    return [...this.#byText.values()]
  }

  /** Returns what is new and what is gone. */
  replace(diagnostics: readonly Diagnostic[]): {
    readonly added: readonly Diagnostic[]
    readonly resolved: readonly Diagnostic[]
  } {
    const before = this.#byText
    const after = new Map(diagnostics.map((each) => [diagnosticText(each), each]))
    this.#byText = after
    const added = [...after].flatMap(([text, each]) => (before.has(text) ? [] : [each]))
    const resolved = [...before].flatMap(([text, each]) => (after.has(text) ? [] : [each]))

    for (const each of added) {
      // Only what no tenant can have caused asks the operator to act.
      if (each.code === 'configuration-rejected') this.#log.error(fieldsOf(each), 'reported')
      else this.#log.warn(fieldsOf(each), 'reported')
    }
    for (const each of resolved) this.#log.info(fieldsOf(each), 'resolved')
    return { added, resolved }
  }
}

const fieldsOf = ({ code, severity, object, field, problem, instead }: Diagnostic): object => ({
  code,
  severity,
  object: refText(object),
  ...(field === undefined ? {} : { field }),
  problem,
  ...(instead === undefined ? {} : { instead }),
})
