import { setTimeout as delay } from 'node:timers/promises'
import { confirmation } from './confirmation.ts'
import type { Instance, InstanceSettings } from './instance.ts'
import { masterNow } from './master.ts'
import { isSame } from './processes.ts'
import type { ProcessId } from './processes.ts'
import { reload } from './reload.ts'
import { stateDirAt } from './state-dir.ts'

const watchMs = 100

/** The nginx of another container, found and signalled in the process namespace that the pod shares. */
export function sidecar({ program, stateDir, statusPort, log }: InstanceSettings): Instance {
  const state = stateDirAt(stateDir)
  const listeners: (() => void)[] = []
  let known: ProcessId | null = null

  const master = (): ProcessId | null => (known = masterNow(stateDir, true, known))
  const confirm = confirmation(statusPort, master)

  return {
    start: async (signal) => {
      let seen: ProcessId | null = null
      while (!signal.aborted) {
        const now = master()
        if (now !== null && (seen === null || !isSame(now, seen))) {
          log.info({ pid: now.pid }, 'found nginx')
          for (const listener of listeners) listener()
        }
        if (now === null && seen !== null) log.warn({ pid: seen.pid }, 'lost nginx')
        seen = now
        await delay(watchMs, undefined, { signal }).catch(() => undefined)
      }
    },

    reload: async () => {
      const running = master()
      if (running === null) return { kind: 'starting' }
      confirm.beforeReload(running)
      return reload(state, program, running)
    },

    serves: (digest, timeoutMs = 10_000) => confirm.serves(digest, timeoutMs),
    get master() {
      return master()
    },
    onRestart: (listener) => void listeners.push(listener),
  }
}
