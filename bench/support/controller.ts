import { mkdtemp } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { execa } from 'execa'
import { freePorts } from '../../test/support/free-ports.ts'
import { until } from '../../test/support/until.ts'
import type { Bench } from '../measurement.ts'
import { threePorts } from './nginx.ts'
import type { Ports } from './nginx.ts'
import { bundledProgram, nodeStart } from './program.ts'

/** A running controller with an nginx of its own. */
export interface Controller {
  readonly pid: number
  readonly startedAt: number
  readonly ports: Ports
  readonly stateDir: string
  /** Resolves once `/readyz` answers 200, to the moment of that. */
  ready(): Promise<number>
  /** How often a bundle was published so far. */
  published(): number
  stop(): Promise<void>
  /** Kills the controller alone. Its nginx goes on, for a successor in the same place. */
  kill(): Promise<void>
  readonly place: Place
}

/** Where a controller keeps its state and listens. */
interface Place {
  readonly stateDir: string
  readonly ports: Ports
  readonly health: number
}

/** `sluice run` in child mode. `source` are the flags that name the cluster; `place` is one that was used before. */
export async function startController(
  bench: Bench,
  nginx: string,
  source: readonly string[],
  node = process.execPath,
  place?: Place,
): Promise<Controller> {
  const program = await bundledProgram(bench)
  const { flags, env } = await nodeStart()
  const at = place ?? (await newPlace(bench))
  const { stateDir, ports, health } = at
  const startedAt = performance.now()
  const running = execa(
    node,
    [
      ...flags,
      program,
      'run',
      ...source,
      '--nginx-mode=child',
      `--nginx=${nginx}`,
      `--state-dir=${stateDir}`,
      `--http-port=${ports.http}`,
      `--https-port=${ports.https}`,
      `--status-port=${ports.status}`,
      `--healthz-port=${health}`,
      '--healthz-host=127.0.0.1',
    ],
    // one that is killed would leave its nginx behind
    {
      env,
      stdin: 'ignore',
      stdout: 'ignore',
      reject: false,
      buffer: false,
      forceKillAfterDelay: false,
    },
  )
  const log: string[] = []
  running.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text))
  const { pid } = running
  if (pid === undefined) throw new Error('the controller could not be started')
  const said = (): string => log.join('')
  const ended = running.then(() => {
    throw new Error('the controller ended', { cause: said() })
  })
  ended.catch(() => undefined)
  const isReady = async (): Promise<boolean> => (await statusOf(health, '/readyz')) === 200
  return {
    pid,
    startedAt,
    ports,
    stateDir,
    published: () => said().split('"msg":"published"').length - 1,
    ready: async () => {
      const patience = { timeoutMs: 120_000, everyMs: 5 }
      await Promise.race([until('the controller is ready', isReady, patience), ended])
      return performance.now()
    },
    stop: async () => {
      running.kill('SIGTERM')
      await running
    },
    kill: async () => {
      running.kill('SIGKILL')
      await running
    },
    place: at,
  }
}

async function newPlace(bench: Bench): Promise<Place> {
  const stateDir = await mkdtemp(join(bench.scratch, 'state-'))
  const ports = await threePorts()
  const [health = 0] = await freePorts(1)
  return { stateDir, ports, health }
}

function statusOf(port: number, path: string): Promise<number> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    }).on('error', () => resolve(0))
  })
}
