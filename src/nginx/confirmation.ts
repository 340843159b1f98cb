import { setTimeout as delay } from 'node:timers/promises'
import { generationOf } from './generation.ts'
import { accepts, again, canSeeProcesses, isSame, processOf, workersOf } from './processes.ts'
import type { Process, ProcessId } from './processes.ts'

/**
 * Brings a reload to its end, and knows when that is.
 *
 * nginx's master starts the new workers, sleeps 100 ms so that they come up, and only then tells the
 * old ones to stop accepting. Until then a fresh connection may meet either, so one new answer says
 * little: every worker that lived before the reload must be gone or say in its title that it is
 * shutting down. Once as many new workers as there were old ones have come up, the rest of the sleep is
 * good for nothing, and Sluice tells the old ones by itself. The master tells them all the same.
 */
export interface Confirmation {
  /** To be called right before nginx is told to reload. */
  beforeReload(master: ProcessId): void
  /** False after `timeoutMs`, or as soon as `isHopeless`. */
  serves(digest: string, timeoutMs: number, isHopeless?: () => boolean): Promise<boolean>
}

// How long every answer must have been new where the old workers are not known: several times the
// 100 ms for which both generations accept.
const settledMs = 400
const more = 2

export function confirmation(statusPort: number, master: () => ProcessId | null): Confirmation {
  let before: readonly Process[] = []
  /** Those of `before` that still accept. */
  let old: readonly ProcessId[] = []
  /** Whether `old` are all that can still give an old answer. */
  let known = false
  let signalled: ProcessId | null = null

  const look = (): void => {
    const running = master()
    const untouched =
      running !== null && isYoungerThanUs(running) && !(signalled && isSame(running, signalled))
    if (untouched) known = canSeeProcesses()
  }
  const areRetired = (): boolean => {
    old = old.filter((worker) => {
      const now = again(worker)
      return now !== undefined && accepts(now)
    })
    return old.length === 0
  }
  // A worker takes its title when it has begun to listen. One that died and was replaced is one too
  // few, so this is never true before a reload.
  const areReplaced = (): boolean => {
    const isNew = (worker: Process): boolean => !before.some((one) => isSame(one, worker))
    const fresh = signalled === null ? [] : workersOf(signalled).filter(isNew)
    return fresh.length >= before.filter(accepts).length
  }

  return {
    beforeReload: (running) => {
      look()
      before = workersOf(running)
      old = before
      known &&= old.length > 0
      signalled = running
    },

    serves: async (digest, timeoutMs, isHopeless = () => false) => {
      const started = performance.now()
      let since = started
      let answers = 0
      let areTold = false
      for (;;) {
        look()
        if (!areTold && old.length > 0 && areReplaced()) {
          old.forEach(retire)
          areTold = true
        }
        // While an old worker accepts, a new answer would prove nothing: looking on is cheaper than asking.
        const isNew = areRetired() && (await generationOf(statusPort)) === digest
        const now = performance.now()
        answers = isNew ? answers + 1 : 0
        if (answers === 1) since = now
        if (known ? answers > more : answers > more && now - since >= settledMs) {
          known = canSeeProcesses()
          return true
        }
        if (now - started >= timeoutMs || isHopeless()) {
          // The reload may still happen, and then its workers are not among those noted here.
          known = false
          return false
        }
        if (!isNew || !known) await delay(pauseMs(now - started))
      }
    },
  }
}

/** Fails where nginx runs as somebody else; then its master does it, a moment later. */
function retire(worker: ProcessId): void {
  if (again(worker) === undefined) return
  try {
    process.kill(worker.pid, 'SIGQUIT')
  } catch {
    // Told by its master.
  }
}

/** Nobody but this process tells nginx to reload, so a younger one was told nothing before. */
function isYoungerThanUs({ startTime }: ProcessId): boolean {
  const self = processOf(process.pid)
  return self !== undefined && Number(startTime) >= Number(self.startTime)
}

const pauseMs = (waited: number): number => (waited < 2000 ? 5 : waited < 10_000 ? 25 : 100)
