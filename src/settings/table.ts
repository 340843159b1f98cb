import { serviceUpstream } from '../annotations/backend.ts'
import { httpsRedirect } from '../annotations/https-redirect.ts'
import { requestBody } from '../annotations/request-body.ts'
import { responseBuffering } from '../annotations/response-buffering.ts'
import { sourceRange } from '../annotations/source-range.ts'
import { timeouts } from '../annotations/timeouts.ts'
import type { Origin } from '../model/origin.ts'
import { clients } from './clients.ts'
import { process } from './process.ts'
import { proxying } from './proxying.ts'
import type { Setting } from './setting.ts'
import { keysOf, settingOf } from './shared.ts'
import { tls } from './tls.ts'

const allowlist = sourceRange.fields['allowlist-source-range']

/** Every key of the ConfigMap that Sluice implements. */
export const table = {
  ...clients,
  'whitelist-source-range': settingOf(allowlist, allowlist.key),
  ...process,
  ...keysOf(timeouts),
  ...keysOf(requestBody),
  ...keysOf(responseBuffering),
  ...proxying,
  ...keysOf(serviceUpstream),
  ...keysOf(httpsRedirect),
  ...tls,
}

export type SettingKey = keyof typeof table
type ValueOf<S> = S extends Setting<infer T> ? T : never

/** The value of every key, given or default. */
export type Settings = { readonly [K in SettingKey]: ValueOf<(typeof table)[K]> } & {
  /** The keys that the ConfigMap has, by the names that they have there; not those of which the default counts. */
  readonly origins: ReadonlyMap<SettingKey, Origin>
}
