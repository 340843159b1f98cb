import { nearest, preview } from '../diagnostics.ts'
import type { Flag, OptionsOf, Table } from './flag.ts'
import { environmentName } from './flag.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Parsed<T extends Table> {
  readonly options: OptionsOf<T>
  /** The flags that the arguments or the environment set, with the text that counts. */
  readonly given: ReadonlyMap<string, string>
}

/** The command line is not as it must be: one line for each thing that is wrong. */
export class UsageError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/**
 * The options that `args` and `environment` give, by the flags of `table`: an argument beats a
 * variable, a variable beats the default. Throws one UsageError that names everything wrong.
 */
export function parse<T extends Table>(
  table: T,
  args: readonly string[],
  environment: Environment,
): Parsed<T> {
  const problems: string[] = []
  const written = textsOf(table, args, problems)
  const given = new Map<string, string>()
  const options: Record<string, unknown> = {}

  for (const [name, flag] of Object.entries(table)) {
    const arg = written.get(name)
    const variable = fromEnvironment(name, flag, environment)
    const texts = arg ?? (variable === undefined ? undefined : [variable])
    if (texts !== undefined) given.set(name, texts.at(-1) ?? '')
    const label = arg !== undefined || variable === undefined ? `--${name}` : environmentName(name)
    options[name] = valueOf(flag, texts, label, problems)
  }
  if (problems.length > 0) throw new UsageError(problems)
  return { options: options as OptionsOf<T>, given }
}

function valueOf(
  flag: Flag<unknown>,
  texts: readonly string[] | undefined,
  label: string,
  problems: string[],
): unknown {
  const read = (text: string): unknown => {
    // ingress-nginx's flags have "" for "not set".
    if (text === '' && flag.default === undefined) return undefined
    const result = flag.value.schema.safeParse(text)
    if (result.success) return result.data
    problems.push(`${label}: expected ${flag.value.expected}, got ${preview(text)}`)
    return undefined
  }
  if (flag.isList === true) return (texts ?? []).map(read)
  const text = texts?.at(-1) ?? flag.default
  return text === undefined ? undefined : read(text)
}

function fromEnvironment(
  name: string,
  flag: Flag<unknown>,
  environment: Environment,
): string | undefined {
  const text = environment[environmentName(name)]
  if (text === undefined || text === '') return undefined
  // Kubernetes sets SLUICE_HTTP_PORT=tcp://10.96.0.7:80 in every pod beside a Service "sluice-http".
  if (flag.value.form === 'PORT' && /^(?:tcp|udp|sctp):\/\//.test(text)) return undefined
  return text
}

/** The texts given for each flag, in their order. Forms: `--a=b`, `--a b`, `--a`, `-a=b`, `-a b`, `-ab`. */
function textsOf(
  table: Table,
  args: readonly string[],
  problems: string[],
): Map<string, readonly string[]> {
  const byShort = new Map(
    Object.entries(table).flatMap(([name, { short }]) =>
      short === undefined ? [] : [[short, name]],
    ),
  )
  const texts = new Map<string, string[]>()
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const form = /^(?:--([^=-][^=]*)|-([A-Za-z])(?!-))(?:=(.*)|(.+))?$/s.exec(arg)
    if (form === null) {
      problems.push(`${preview(arg)}: expected a flag`)
      continue
    }
    const [, long, short = '', assigned, glued] = form
    const name = long ?? byShort.get(short)
    const flag = name === undefined || !Object.hasOwn(table, name) ? undefined : table[name]
    if (name === undefined || flag === undefined) {
      problems.push(unknownFlag(table, long === undefined ? `-${short}` : `--${long}`))
      continue
    }
    let text = assigned ?? glued
    if (text === undefined && flag.value.isBoolean === true) text = 'true'
    if (text === undefined && rest[0]?.startsWith('--') !== true) text = rest.shift()
    if (text === undefined) {
      problems.push(`--${name}: expected ${flag.value.expected}, got nothing`)
      continue
    }
    texts.set(name, [...(texts.get(name) ?? []), text])
  }
  return texts
}

function unknownFlag(table: Table, written: string): string {
  const meant = written.startsWith('--') ? nearest(written.slice(2), Object.keys(table)) : undefined
  const shown = /^[\w.-]+$/.test(written) ? written : preview(written)
  return `${shown}: unknown flag${meant === undefined ? '' : `; did you mean --${meant}?`}`
}
