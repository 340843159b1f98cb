import { readFile } from 'node:fs/promises'
import { errorText } from '../log.ts'
import { replace } from './files.ts'
import type { ReloadOutcome } from './instance.ts'
import { pidIn } from './master.ts'
import type { ProcessId } from './processes.ts'
import type { Program } from './program.ts'
import type { StateDir } from './state-dir.ts'

/**
 * Has `program` send the signal to `master`. It reads its configuration only to learn where the pid
 * file is, so it gets one that says no more: the real one would take as long as a test.
 */
export async function reload(
  state: StateDir,
  program: Program,
  master: ProcessId,
): Promise<ReloadOutcome> {
  try {
    if (pidIn(state.pid) !== master.pid) await replace(state.pid, `${master.pid}\n`)
    const text = `pid ${JSON.stringify(state.pid)};\nevents {}\n`
    const present = await readFile(state.reloadConf, 'utf8').catch(() => '')
    if (present !== text) await replace(state.reloadConf, text)
    const { ok, stderr } = await program.reload(state.reloadConf)
    return ok ? { kind: 'reloaded' } : { kind: 'failed', reason: stderr }
  } catch (error) {
    return { kind: 'failed', reason: errorText(error) }
  }
}
