import { clients } from './clients.ts'
import { process } from './process.ts'
import { proxying } from './proxying.ts'
import type { Setting } from './setting.ts'
import { tls } from './tls.ts'

/** Every key of the ConfigMap that Sluice implements. */
export const table = { ...clients, ...process, ...proxying, ...tls }

export type SettingKey = keyof typeof table
type ValueOf<S> = S extends Setting<infer T> ? T : never

/** The value of every key, given or default. */
export type Settings = { readonly [K in SettingKey]: ValueOf<(typeof table)[K]> }
