import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { freePorts } from './free-ports.ts'
import { until } from './until.ts'

export const sluiceProgram = fileURLToPath(new URL('../../bin/sluice', import.meta.url))

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string }

/** A running `sluice run` with a state directory and ports of its own. */
export interface Sluice {
  readonly process: ChildProcess
  readonly stateDir: string
  readonly httpPort: number
  readonly httpsPort: number
  readonly healthzPort: number
  readonly log: readonly LogLine[]
  /** Waits for a log line, from line number `from` on. */
  logged(message: string, from?: number): Promise<LogLine>
  /** Waits until the readiness probe succeeds. */
  ready(): Promise<void>
  /** Sends SIGTERM, waits for the end, removes the state directory; resolves to the exit code. */
  stop(): Promise<number | null>
}

/** What nginx answers on loopback for `host`. */
export async function ask(
  port: number,
  host: string,
  path = '/',
): Promise<{ readonly status: number; readonly body: string }> {
  const request = get({ host: '127.0.0.1', port, path, headers: { host }, agent: false })
  const [response] = await once(request, 'response')
  return { status: response.statusCode, body: await text(response) }
}

export async function startSluice(nginx: string, flags: readonly string[]): Promise<Sluice> {
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  const [httpPort = 0, httpsPort = 0, healthzPort = 0, statusPort = 0] = await freePorts(4)
  const process = spawn(
    sluiceProgram,
    [
      'run',
      `--nginx=${nginx}`,
      `--state-dir=${stateDir}`,
      `--http-port=${httpPort}`,
      `--https-port=${httpsPort}`,
      `--healthz-port=${healthzPort}`,
      '--healthz-host=127.0.0.1',
      `--status-port=${statusPort}`,
      ...flags,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const log: LogLine[] = []
  createInterface({ input: process.stderr }).on('line', (line) => {
    try {
      log.push(JSON.parse(line) as LogLine)
    } catch {
      log.push({ msg: line })
    }
  })
  const exited = once(process, 'exit')
  const shown = (): string => log.map((line) => JSON.stringify(line)).join('\n')

  return {
    process,
    stateDir,
    httpPort,
    httpsPort,
    healthzPort,
    log,
    logged: (message, from = 0) =>
      until(`log line "${message}" in\n${shown()}`, () =>
        log.slice(from).find(({ msg }) => msg === message),
      ),
    ready: async () => {
      await until(`ready`, async () => {
        if (process.exitCode !== null) throw new Error(`it ended:\n${shown()}`)
        return (await fetch(`http://127.0.0.1:${healthzPort}/readyz`)).ok
      })
    },
    stop: async () => {
      if (process.exitCode === null && process.signalCode === null) process.kill('SIGTERM')
      await exited
      await rm(stateDir, { recursive: true, force: true })
      return process.exitCode
    },
  }
}
