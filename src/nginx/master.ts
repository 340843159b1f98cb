import { readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { again, isMaster, nginxProcesses } from './processes.ts'
import type { Process, ProcessId } from './processes.ts'

/**
 * The master of the nginx that serves `stateDir`, or null.
 *
 * A number in the pid file proves nothing: it may be stale, and in a new process namespace it may
 * be the controller itself or the pod's first process. So it counts only if an nginx master of our
 * user has it; else /proc is searched for the only one that can be meant. With `alone`, nginx
 * and Sluice are by themselves as in a pod: then a master that does not show its arguments will do.
 */
export function masterOf(stateDir: string, alone: boolean): Process | null {
  const conf = join(stateDir, 'current', 'nginx.conf')
  const pid = pidIn(join(stateDir, 'nginx.pid'))
  const masters = nginxProcesses().filter(isOurMaster)
  const named = masters.find((master) => master.pid === pid)
  if (named !== undefined && reads(named, conf) !== 'another') return named

  const certain = masters.filter((master) => reads(master, conf) === 'ours')
  const possible = masters.filter((master) => reads(master, conf) === 'unknown')
  return onlyOf(certain.length === 0 && alone ? possible : certain)
}

/** `known` if it still lives (the cheap question), else whatever `masterOf` finds. */
export function masterNow(
  stateDir: string,
  alone: boolean,
  known: ProcessId | null,
): Process | null {
  const same = known === null ? undefined : again(known)
  return same ?? masterOf(stateDir, alone)
}

const onlyOf = (masters: readonly Process[]): Process | null =>
  masters.length === 1 ? (masters[0] ?? null) : null

/** `nginx -t` leaves an empty pid file where there was none: that is no pid. */
export function pidIn(file: string): number | null {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return null
  }
  const pid = /^\d{1,10}\n?$/.test(text) ? Number(text) : 0
  return pid > 1 ? pid : null
}

const isOurMaster = (process: Process): boolean =>
  isMaster(process) && process.uid === globalThis.process.geteuid?.()

/** Which configuration the arguments in a master's title name, if they name one that can be seen from here. */
export function reads({ title }: Process, conf: string): 'ours' | 'another' | 'unknown' {
  const named = / -c ?(\S+)/.exec(title)?.[1]
  if (named === undefined) return 'unknown'
  if (named === conf) return 'ours'
  const real = realpath(named)
  if (real === undefined) return 'unknown'
  return real === realpath(conf) ? 'ours' : 'another'
}

function realpath(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
