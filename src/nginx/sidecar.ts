import { setTimeout as delay } from 'node:timers/promises'
import { absenceReports } from './absence.ts'
import { isBehind } from './catch-up.ts'
import { confirmation } from './confirmation.ts'
import type { Instance, InstanceSettings, ReloadOutcome } from './instance.ts'
import { masterNow } from './master.ts'
import { isSame } from './processes.ts'
import type { ProcessId } from './processes.ts'
import { reload } from './reload.ts'
import { stateDirAt } from './state-dir.ts'

const watchMs = 100

interface SidecarSettings extends InstanceSettings {
  /** How long nginx may be away, once there is something for it to read, before that is told. */
  readonly patienceMs?: number
}

/** The nginx of another container, found and signalled in the process namespace that the pod shares. */
export function sidecar(settings: SidecarSettings): Instance {
  const { stateDir, statusPort, log, patienceMs = 10_000 } = settings
  const state = stateDirAt(stateDir)
  const listeners: (() => void)[] = []
  let known: ProcessId | null = null

  const master = (): ProcessId | null => (known = masterNow(stateDir, true, known))
  const confirm = confirmation(statusPort, master)
  let reloads = 0

  const reloadNow = async (): Promise<ReloadOutcome> => {
    const running = master()
    if (running === null) return { kind: 'starting' }
    reloads++
    confirm.beforeReload(running)
    return reload(running)
  }
  const catchUp = async (): Promise<void> => {
    const before = reloads
    if ((await isBehind(state, statusPort)) && reloads === before) await reloadNow()
  }

  return {
    start: async (signal) => {
      const note = absenceReports(stateDir, patienceMs, log)
      let seen: ProcessId | null = null
      while (!signal.aborted) {
        const now = master()
        note(now === null)
        if (now !== null && (seen === null || !isSame(now, seen))) {
          log.info({ pid: now.pid }, 'found nginx')
          await catchUp()
          for (const listener of listeners) listener()
        }
        if (now === null && seen !== null) log.warn({ pid: seen.pid }, 'lost nginx')
        seen = now
        await delay(watchMs, undefined, { signal }).catch(() => undefined)
      }
    },

    reload: reloadNow,
    serves: (digest, timeoutMs = 10_000) => confirm.serves(digest, timeoutMs),
    get master() {
      return master()
    },
    onRestart: (listener) => void listeners.push(listener),
  }
}
