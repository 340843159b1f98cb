import { join } from 'node:path'
import { reads } from './master.ts'
import { isMaster } from './processes.ts'
import type { Process } from './processes.ts'

/** Why there is no nginx to be signalled, and the way out. */
export interface Absence {
  readonly reason: string
  readonly hint: string
}

/** Why none of `processes` is the nginx of the pod, for a sidecar of user `uid`. */
export function absenceAmong(
  processes: readonly Process[],
  stateDir: string,
  uid: number | undefined,
): Absence {
  const conf = join(stateDir, 'current', 'nginx.conf')
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
  if (ours.every((master) => reads(master, conf) === 'another'))
    return { reason: 'nginx reads another configuration', hint: `start it as nginx -c ${conf}` }
  return {
    reason: `${ours.length} nginx run, and which of them is meant cannot be told`,
    hint: `one nginx in the pod, started as nginx -c ${conf}`,
  }
}
