import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { freePorts } from './free-ports.ts'
import { sluice } from './sluice.ts'
import type { LogLine, Sluice } from './sluice.ts'
import { until } from './until.ts'

/** A running `sluice run` with a state directory and ports of its own. */
export interface Program extends Sluice {
  readonly stateDir: string
  readonly httpPort: number
  readonly httpsPort: number
  /** Waits for a log line, from line number `from` on. */
  logged(message: string, from?: number): Promise<LogLine>
  /** Waits until the readiness probe succeeds. */
  ready(): Promise<void>
  /** Sends SIGTERM, waits for the end and removes the state directory. */
  stop(): Promise<void>
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

export async function startSluice(nginx: string, flags: readonly string[]): Promise<Program> {
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  const [httpPort = 0, httpsPort = 0, healthzPort = 0, statusPort = 0] = await freePorts(4)
  const running = sluice([
    'run',
    `--nginx=${nginx}`,
    `--state-dir=${stateDir}`,
    `--http-port=${httpPort}`,
    `--https-port=${httpsPort}`,
    `--healthz-port=${healthzPort}`,
    '--healthz-host=127.0.0.1',
    `--status-port=${statusPort}`,
    ...flags,
  ])
  const { log, words, ended } = running
  let isOver = false
  void ended.then(() => (isOver = true))
  const shown = (): string => [...words, ...log.map((line) => JSON.stringify(line))].join('\n')

  return {
    ...running,
    stateDir,
    httpPort,
    httpsPort,
    logged: (message, from = 0) =>
      until(`log line "${message}" in\n${shown()}`, () =>
        log.slice(from).find(({ msg }) => msg === message),
      ),
    ready: async () => {
      await until('ready', async () => {
        if (isOver) throw new Error(`it ended:\n${shown()}`)
        return (await fetch(`http://127.0.0.1:${healthzPort}/readyz`)).ok
      })
    },
    stop: async () => {
      if (!isOver) running.kill('SIGTERM')
      await ended
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}
