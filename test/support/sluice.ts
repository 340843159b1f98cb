import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const program = fileURLToPath(new URL('../../bin/sluice', import.meta.url))
const logLine = z.looseObject({ level: z.string(), msg: z.string() })
export type LogLine = z.output<typeof logLine>

/** A running `sluice`. */
export interface Sluice {
  readonly pid: number
  readonly stdout: readonly string[]
  /** Its log so far. */
  readonly log: readonly LogLine[]
  /** What it wrote on stderr that is no log line. */
  readonly words: readonly string[]
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  kill(signal: NodeJS.Signals): void
}

export function sluice(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Sluice {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  const stdout: string[] = []
  const words: string[] = []
  const log: LogLine[] = []
  createInterface(child.stdout).on('line', (line) => stdout.push(line))
  createInterface(child.stderr).on('line', (line) => {
    const parsed = line.startsWith('{') ? logLine.safeParse(JSON.parse(line)) : undefined
    if (parsed?.success) log.push(parsed.data)
    else words.push(line)
  })
  return {
    pid: child.pid ?? 0,
    stdout,
    log,
    words,
    ended: once(child, 'close').then(
      ([code, signal]: (number | NodeJS.Signals | null)[]) => code ?? signal ?? 'SIGKILL',
    ) as Promise<number | NodeJS.Signals>,
    kill: (signal) => void child.kill(signal),
  }
}
