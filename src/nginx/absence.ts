import { existsSync } from 'node:fs'
import type { Logger } from '../log.ts'
import { reads } from './master.ts'
import { isMaster, nginxProcesses } from './processes.ts'
import type { Process } from './processes.ts'
import { stateDirAt } from './state-dir.ts'

/** Why there is no nginx to be signalled, and the way out. */
export interface Absence {
  readonly reason: string
  readonly hint: string
}

/**
 * To be told again and again whether nginx is away. When it has been for `patienceMs`, with a configuration
 * on disk for it to read, that is logged once, and once more if the reason changes.
 */
export function absenceReports(
  stateDir: string,
  patienceMs: number,
  log: Logger,
): (isAway: boolean) => void {
  const { conf } = stateDirAt(stateDir)
  let since: number | undefined
  let told: string | undefined
  return (isAway) => {
    if (!isAway || !existsSync(conf)) {
      since = told = undefined
      return
    }
    since ??= performance.now()
    if (performance.now() - since < patienceMs) return
    since = undefined
    const found = absenceAmong(nginxProcesses(), stateDir, process.geteuid?.())
    if (found === undefined || found.reason === told) return
    log.warn(found, 'found no nginx')
    told = found.reason
  }
}

/** Why none of `processes` is the nginx of the pod, for a sidecar of user `uid`; undefined if one may be, as when it has just begun. */
export function absenceAmong(
  processes: readonly Process[],
  stateDir: string,
  uid: number | undefined,
): Absence | undefined {
  const { conf } = stateDirAt(stateDir)
  const masters = processes.filter(isMaster)
  const ours = masters.filter((master) => master.uid === uid)
  const [first] = masters
  if (first === undefined)
    return {
      reason: 'no nginx runs in the process namespace of this container',
      hint: `the pod needs "shareProcessNamespace: true" and a container that runs nginx -c ${conf}; without a pod: --nginx-mode=child`,
    }
  if (ours.length === 0)
    return {
      reason: `nginx runs as user ${first.uid}, and user ${uid} may not signal it`,
      hint: 'both containers need the same runAsUser',
    }
  const hint = `start it as nginx -c ${conf}`
  const certain = ours.filter((master) => reads(master, conf) === 'ours')
  const possible = ours.filter((master) => reads(master, conf) === 'unknown')
  const count = certain.length === 0 ? possible.length : certain.length
  if (count === 0) return { reason: 'nginx reads another configuration', hint }
  if (count === 1) return undefined
  return { reason: `${count} nginx run, and which of them is meant cannot be told`, hint }
}
