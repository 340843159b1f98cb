import { preview, suggestion } from '../diagnostics.ts'
import type { Diagnostic, ObjectRef } from '../diagnostics.ts'
import type { Directive } from '../model/directive.ts'
import type { Origin } from '../model/origin.ts'
import type { ConfigMap } from '../objects/kinds.ts'
import type { Key } from '../objects/meta.ts'
import { askedBy } from './origins.ts'
import type { Setting } from './setting.ts'
import { table } from './table.ts'
import type { SettingKey, Settings } from './table.ts'
import { unsupported, unsupportedProtection } from './unsupported.ts'

const keys = Object.keys(table) as SettingKey[]
// Every entry reads and prints its own type; here they are all alike.
const entryOf = (key: SettingKey): Setting<unknown> => table[key] as unknown as Setting<unknown>
const known = new Set(keys.flatMap((key) => [key, ...entryOf(key).aliases]))

type Report = (
  finding: Pick<Diagnostic, 'code' | 'severity' | 'field' | 'problem' | 'instead'>,
) => void

/** The Settings that `configMap` asks for; what it says wrong is a Diagnostic each, and the default counts. */
export function settingsOf(configMap: ConfigMap | undefined): {
  readonly settings: Settings
  readonly diagnostics: readonly Diagnostic[]
} {
  const diagnostics: Diagnostic[] = []
  const { namespace = '', name = '', data = new Map<string, string>() } = configMap ?? {}
  const object: ObjectRef = { ...configMap, kind: 'ConfigMap', namespace, name }
  const report: Report = (finding) => void diagnostics.push({ ...finding, object })

  const values = new Map<SettingKey, unknown>()
  const origins = new Map<SettingKey, Origin>()
  for (const key of keys) {
    const { value, field } = read(key, { data, refused: configMap?.refused }, report)
    values.set(key, value)
    if (field !== undefined) origins.set(key, { kind: 'ConfigMap', namespace, name, field })
  }
  for (const key of data.keys()) if (!known.has(key)) reportUnknown(key, report)

  const settings = { ...Object.fromEntries(values), origins } as unknown as Settings
  return { settings, diagnostics }
}

interface Given {
  readonly data: ReadonlyMap<string, string>
  readonly refused: ReadonlyMap<string, string> | undefined
}

/** What counts for `key`, and by which of its names `data` asks for that; undefined where the default counts. */
function read(
  key: SettingKey,
  { data, refused }: Given,
  report: Report,
): { readonly value: unknown; readonly field?: string } {
  const { value, aliases, closed, leftOut, default: standard } = entryOf(key)
  const [name, ...shadowed] = [key, ...aliases].filter((candidate) => data.has(candidate))
  if (name === undefined) return { value: value.parse(standard) }
  for (const field of shadowed)
    report({
      code: 'setting-invalid',
      severity: 'warning',
      field,
      problem: `is another name of ${name}`,
      instead: `${name} counts`,
    })
  const text = (data.get(name) ?? '').trim()
  const parsed = value.parse(text)
  const words = refused?.get(name)
  const error = { severity: 'error', field: name } as const
  if (parsed !== undefined && words === undefined) {
    const problem = leftOut(parsed)
    if (problem !== undefined)
      report({ ...error, code: 'setting-invalid', problem, instead: 'the rest counts' })
    return { value: parsed, field: name }
  }
  const otherwise =
    standard === '' ? 'the default counts' : `the default ${preview(standard)} counts`
  const instead = closed?.meaning ?? otherwise
  if (words === undefined) {
    const problem = `expected ${value.expected}, got ${preview(text)}`
    report({ ...error, code: 'setting-invalid', problem, instead })
  } else
    report({ ...error, code: 'setting-refused', problem: `nginx refuses it: ${words}`, instead })
  return closed === undefined
    ? { value: value.parse(standard) }
    : { value: closed.value, field: name }
}

function reportUnknown(key: string, report: Report): void {
  const field = /^[\w.-]{1,100}$/.test(key) ? key : preview(key)
  if (unsupported.has(key)) {
    const protects = unsupportedProtection.has(key)
    report({
      code: 'setting-unknown',
      severity: protects ? 'error' : 'warning',
      field,
      problem: 'is a key of ingress-nginx that this version does not implement',
      instead: protects ? 'it protects nothing' : 'it has no effect',
    })
    return
  }
  report({
    code: 'setting-unknown',
    severity: 'warning',
    field,
    problem: `unknown key${suggestion(key, known, unsupported)}`,
    instead: 'it has no effect',
  })
}

/** Of the ConfigMap that `--configmap` names. */
export function missingConfigMap(key: Key): Diagnostic {
  const [namespace = '', name = ''] = key.split('/')
  return {
    code: 'configmap-not-found',
    severity: 'error',
    object: { kind: 'ConfigMap', namespace, name },
    field: '--configmap',
    problem: `no configmap ${key} exists`,
    instead: 'the default of every key counts',
  }
}

/** The directives that keys ask for by themselves, in the order of the table. */
export function directivesOf(
  settings: Settings,
  context: 'main' | 'http' | 'tls',
): readonly Directive[] {
  return keys.flatMap((key) => askedBy(settings, [key], entryOf(key)[context](settings[key])))
}
