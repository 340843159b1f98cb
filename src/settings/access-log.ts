import type { Settings } from './table.ts'

type Keys = Pick<Settings, 'disable-access-log' | 'disable-http-access-log' | 'log-format-upstream'>

/** Whether requests are logged at all. */
export const hasAccessLog = (settings: Keys): boolean =>
  !settings['disable-access-log'] && !settings['disable-http-access-log']

/** The variables that the access log shows. */
export const shownVariables = (settings: Keys): ReadonlySet<string> =>
  hasAccessLog(settings) ? settings['log-format-upstream'].variables : none

const none: ReadonlySet<string> = new Set()
