import { errorText } from '../log.ts'
import type { ReloadOutcome } from './instance.ts'
import { again } from './processes.ts'
import type { ProcessId } from './processes.ts'

/**
 * Tells `master` to read its configuration anew. `nginx -s reload` sends the same signal, to whatever has
 * the number in the pid file by then, and takes a process of its own for it.
 */
export function reload(master: ProcessId): ReloadOutcome {
  if (again(master) === undefined) return { kind: 'starting' }
  try {
    process.kill(master.pid, 'SIGHUP')
    return { kind: 'reloaded' }
  } catch (error) {
    return { kind: 'failed', reason: errorText(error) }
  }
}
