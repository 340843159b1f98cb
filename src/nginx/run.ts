import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { masterOf, pidIn } from './master.ts'
import { send } from './orphans.ts'
import { again } from './processes.ts'
import type { ProcessId } from './processes.ts'
import { cleanEnvironment, cleaned, descriptorOf } from './program.ts'
import type { Program } from './program.ts'
import type { StateDir } from './state-dir.ts'

/** One life of an nginx, from its start until it is gone. */
export interface Run {
  readonly pid: number
  /** The master once it takes signals; null if it died before. */
  readonly ready: Promise<ProcessId | null>
  /** How it ended, in words for a log. */
  readonly ended: Promise<string>
}

/** Starts nginx on the current bundle. It goes on when this process dies. */
export async function launch(program: Program, state: StateDir): Promise<Run> {
  const words = join(state.root, 'nginx.out')
  const file = await open(words, 'w', 0o600)
  try {
    const started = execa(program.path, ['-e', 'stderr', '-c', state.conf, '-g', 'daemon off;'], {
      stdin: 'ignore',
      stdout: descriptorOf(file),
      stderr: descriptorOf(file),
      cwd: '/',
      env: cleanEnvironment(),
      extendEnv: false,
      // A group of its own: Ctrl-C is for the controller, and orphans are known by their group.
      detached: true,
      cleanup: false,
      reject: false,
    })
    const ended = started.then(async ({ exitCode, signal, originalMessage }) => {
      const said = cleaned(await readFile(words, 'utf8').catch(() => ''))
      const how = signal ?? (exitCode === undefined ? originalMessage : `status ${exitCode}`)
      return [how ?? 'unknown', ...said.split('\n').slice(-5)].filter((part) => part).join('; ')
    })
    // Without a pid it could not be started, and `ended` says why.
    const pid = started.pid ?? 0
    return { pid, ready: readyOf(state, pid, ended), ended }
  } finally {
    await file.close()
  }
}

/** The nginx that an earlier controller left running. */
export function takenOver(master: ProcessId): Run {
  return { pid: master.pid, ready: Promise.resolve(master), ended: goneOf(master) }
}

/** Lets nginx finish what it has begun, for as long as `drainMs`; then insists. */
export async function stop({ pid, ended }: Run, drainMs: number): Promise<void> {
  const steps = [
    ['SIGQUIT', drainMs],
    ['SIGTERM', 5000],
    ['SIGKILL', 5000],
  ] as const
  for (const [signal, patienceMs] of steps) {
    send(pid, signal)
    const over = new AbortController()
    const isOver = await Promise.race([
      ended.then(() => true),
      delay(patienceMs, false, { signal: over.signal }).catch(() => false),
    ])
    over.abort()
    if (isOver) return
  }
}

/** nginx writes its pid file after it set up its signals; before, a signal would kill it. */
async function readyOf(
  state: StateDir,
  pid: number,
  ended: Promise<string>,
): Promise<ProcessId | null> {
  const over = ended.then(() => true)
  for (;;) {
    const found = pidIn(state.pid) === pid ? masterOf(state.root, false) : null
    if (found?.pid === pid) return found
    if (await Promise.race([over, delay(2, false)])) return null
  }
}

async function goneOf(master: ProcessId): Promise<string> {
  while (again(master) !== undefined) await delay(50)
  return 'gone'
}
