import { nearest, preview } from '../diagnostics.ts'
import type { Diagnostic, ObjectRef } from '../diagnostics.ts'
import type { Directive } from '../model/directive.ts'
import type { ConfigMap } from '../objects/kinds.ts'
import type { Setting } from './setting.ts'
import { table } from './table.ts'
import type { SettingKey, Settings } from './table.ts'
import { unsupported, unsupportedProtection } from './unsupported.ts'

const keys = Object.keys(table) as SettingKey[]
// Every entry reads and prints its own type; here they are all alike.
const entryOf = (key: SettingKey): Setting<unknown> => table[key] as unknown as Setting<unknown>

/** The Settings that `configMap` asks for; what it says wrong is a Diagnostic each, and the default counts. */
export function settingsOf(configMap: ConfigMap | undefined): {
  readonly settings: Settings
  readonly diagnostics: readonly Diagnostic[]
} {
  const diagnostics: Diagnostic[] = []
  const given = configMap?.data ?? new Map<string, string>()
  const object: ObjectRef = {
    ...configMap,
    kind: 'ConfigMap',
    namespace: configMap?.namespace ?? '',
    name: configMap?.name ?? '',
  }
  const values = new Map<SettingKey, unknown>()
  const known = new Set<string>()

  for (const key of keys) {
    const entry = entryOf(key)
    const names = [key, ...entry.aliases]
    for (const name of names) known.add(name)
    const [name, ...shadowed] = names.filter((candidate) => given.has(candidate))
    for (const other of shadowed) {
      diagnostics.push({
        code: 'setting-invalid',
        severity: 'warning',
        object,
        field: other,
        problem: `is another name of ${name}`,
        instead: `${name} counts`,
      })
    }
    const text = name === undefined ? entry.default : (given.get(name) ?? '').trim()
    const parsed = entry.value.parse(text)
    if (parsed === undefined && name !== undefined) {
      const standard =
        entry.default === '' ? 'the default counts' : `the default ${preview(entry.default)} counts`
      const { closed } = entry
      diagnostics.push({
        code: 'setting-invalid',
        severity: 'error',
        object,
        field: name,
        problem: `expected ${entry.value.expected}, got ${preview(text)}`,
        instead: closed?.meaning ?? standard,
      })
      values.set(key, closed === undefined ? entry.value.parse(entry.default) : closed.value)
    } else values.set(key, parsed ?? entry.value.parse(entry.default))
  }

  for (const key of given.keys()) {
    if (known.has(key)) continue
    const printable = /^[\w.-]{1,100}$/.test(key) ? key : preview(key)
    if (unsupported.has(key)) {
      const protects = unsupportedProtection.has(key)
      diagnostics.push({
        code: 'setting-unknown',
        severity: protects ? 'error' : 'warning',
        object,
        field: printable,
        problem: 'is a key of ingress-nginx that this version does not implement',
        instead: protects ? 'it protects nothing' : 'it has no effect',
      })
      continue
    }
    const meant = nearest(key, [...known, ...unsupported])
    const problem = `unknown key${meant === undefined ? '' : `; did you mean "${meant}"?`}`
    diagnostics.push({
      code: 'setting-unknown',
      severity: 'warning',
      object,
      field: printable,
      problem,
      instead: 'it has no effect',
    })
  }
  return { settings: Object.fromEntries(values) as unknown as Settings, diagnostics }
}

/** The directives that keys ask for by themselves, in the order of the table. */
export function directivesOf(
  settings: Settings,
  context: 'main' | 'http' | 'tls',
): readonly Directive[] {
  return keys.flatMap((key) => entryOf(key)[context](settings[key]))
}
