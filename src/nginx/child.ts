import { join } from 'node:path'
import { errorText } from '../log.ts'
import { isBehind } from './catch-up.ts'
import { complaintsIn, isFinal } from './complaints.ts'
import { confirmation } from './confirmation.ts'
import type { Instance, InstanceSettings, ReloadOutcome } from './instance.ts'
import { masterOf, pidIn } from './master.ts'
import { sweep } from './orphans.ts'
import { again } from './processes.ts'
import type { ProcessId } from './processes.ts'
import { reload } from './reload.ts'
import { launch, stop, takenOver } from './run.ts'
import type { Run } from './run.ts'
import { stateDirAt } from './state-dir.ts'
import type { StateDir } from './state-dir.ts'

interface ChildSettings extends InstanceSettings {
  /** How long a stopping nginx may take to finish what it has begun. */
  readonly drainMs?: number
}

const longestPauseMs = 10_000
// One that ran so long was well: the next death is a new story.
const healthyMs = 10_000

/**
 * An nginx of our own. It outlives a killed controller, and the next one on the same directory takes
 * it over, so that traffic goes on.
 */
export function child(settings: ChildSettings): Instance {
  const { stateDir, statusPort, log, drainMs = 250_000 } = settings
  const state = stateDirAt(stateDir)
  const complaints = complaintsIn(join(stateDir, 'error.log'))
  const listeners: (() => void)[] = []
  let run: Run | null = null
  let known: ProcessId | null = null
  /** Cuts the pause before the next start short. */
  let hurry = nothing

  const master = (): ProcessId | null => (known !== null && again(known) ? known : null)
  const confirm = confirmation(statusPort, master)
  let reloads = 0

  const reloadNow = async (): Promise<ReloadOutcome> => {
    hurry()
    const running = run === null ? null : await run.ready
    if (running === null || again(running) === undefined) return { kind: 'starting' }
    reloads++
    complaints.mark()
    confirm.beforeReload(running)
    return reload(running)
  }
  const catchUp = async (): Promise<void> => {
    const before = reloads
    if ((await isBehind(state, statusPort)) && reloads === before) await reloadNow()
  }

  /** One life of nginx: how it ended, or undefined when it is to stop. */
  const live = async (aborted: Promise<undefined>): Promise<string | undefined> => {
    try {
      run = await begin(settings, state, known)
      const { ready, ended } = run
      const taken = await Promise.race([ready, aborted])
      if (taken) {
        known = taken
        await catchUp()
        for (const listener of listeners) listener()
      }
      return await Promise.race([ended, aborted])
    } catch (error) {
      return errorText(error)
    }
  }

  const pause = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      hurry = () => {
        clearTimeout(timer)
        resolve()
      }
      if (signal.aborted) hurry()
      signal.addEventListener('abort', hurry, { once: true })
    })

  return {
    start: async (signal) => {
      const aborted = abortOf(signal)
      let pauseMs = 0
      while (!signal.aborted) {
        const startedAt = performance.now()
        const how = await live(aborted)
        if (how === undefined) break
        run = null
        log.error({ how }, 'nginx died')
        if (performance.now() - startedAt > healthyMs) pauseMs = 0
        await pause(pauseMs, signal)
        pauseMs = Math.min(longestPauseMs, Math.max(100, 2 * pauseMs))
      }
      if (run === null) return
      const { pid } = run
      await stop(run, drainMs)
      await sweep(state, pid)
      run = null
      log.info({ pid }, 'stopped nginx')
    },

    reload: reloadNow,
    serves: (digest, timeoutMs = 10_000) =>
      confirm.serves(digest, timeoutMs, () => isFinal(complaints.since())),
    get master() {
      return master()
    },
    onRestart: (listener) => void listeners.push(listener),
    complaint: () => {
      const lines = complaints.since()
      return lines.length === 0 ? undefined : lines.join('\n')
    },
  }
}

/** Takes over the nginx that runs, or starts one in the place of `dead`. */
async function begin(
  { program, log }: ChildSettings,
  state: StateDir,
  dead: ProcessId | null,
): Promise<Run> {
  const running = masterOf(state.root, false)
  if (running !== null) {
    log.info({ pid: running.pid }, 'took over nginx')
    return takenOver(running)
  }
  const retired = await sweep(state, dead?.pid ?? pidIn(state.pid))
  if (retired > 0) log.info({ workers: retired }, 'retired the workers of a dead nginx')
  const started = await launch(program, state)
  log.info({ pid: started.pid }, 'started nginx')
  return started
}

function nothing(): void {}

function abortOf(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
