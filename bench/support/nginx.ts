import { mkdir, mkdtemp, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { freePorts } from '../../test/support/free-ports.ts'
import { until } from '../../test/support/until.ts'
import { makeCurrent, writeBundle } from '../../src/nginx/bundles.ts'
import { ensureFallbackCertificate } from '../../src/nginx/fallback-certificate.ts'
import { writeKeyFiles } from '../../src/nginx/key-files.ts'
import { cleanEnvironment, descriptorOf, program } from '../../src/nginx/program.ts'
import { prepare, stateDirAt } from '../../src/nginx/state-dir.ts'
import { nginxTree } from './processes.ts'
import type { Bench } from '../measurement.ts'
import { ask } from './ask.ts'
import type { Place } from './translation.ts'
import { bundleOf } from './translation.ts'
import type { Raw } from './workload.ts'

/** A configuration on disk, and where it listens. */
export interface Conf {
  readonly path: string
  readonly dir: string
  readonly ports: Ports
}

export interface Ports {
  readonly http: number
  readonly https: number
  readonly status: number
}

export async function threePorts(): Promise<Ports> {
  const [http = 0, https = 0, status = 0] = await freePorts(3)
  return { http, https, status }
}

/** What Sluice makes of `objects`, in a state directory of its own, ready to be served. */
export async function bundleConf(
  bench: Bench,
  nginx: string,
  objects: readonly Raw[],
  configmap?: string,
): Promise<Conf> {
  const { dir, ports, place } = await newPlace(bench, nginx)
  const bundle = bundleOf(objects, { ...place, ...(configmap === undefined ? {} : { configmap }) })
  const state = stateDirAt(dir)
  await prepare(state)
  await ensureFallbackCertificate(dir)
  await writeKeyFiles(state, bundle.keyFiles)
  await writeBundle(state, bundle)
  await makeCurrent(state, bundle.digest)
  return { path: state.conf, dir, ports }
}

/** A directory and ports, and what a translation has to know of them. */
export async function newPlace(
  bench: Bench,
  nginx: string,
): Promise<{ readonly dir: string; readonly ports: Ports; readonly place: Place }> {
  const dir = await mkdtemp(join(bench.scratch, 'state-'))
  const ports = await threePorts()
  const abilities = await program(nginx).abilities(bench.scratch)
  const { http: httpPort, https: httpsPort, status: statusPort } = ports
  return { dir, ports, place: { stateDir: dir, abilities, httpPort, httpsPort, statusPort } }
}

/** A configuration written by hand: `text` is told its directory and ports. */
export async function handWrittenConf(
  bench: Bench,
  text: (dir: string, ports: Ports) => string | Promise<string>,
): Promise<Conf> {
  const dir = await mkdtemp(join(bench.scratch, 'hand-'))
  await mkdir(join(dir, 'tmp'))
  const ports = await threePorts()
  const path = join(dir, 'nginx.conf')
  await writeFile(path, await text(dir, ports))
  return { path, dir, ports }
}

/** How long `nginx -t` takes where a person types it, in ms. Throws if nginx refuses. */
export async function testMs(nginx: string, { path }: Conf): Promise<number> {
  const started = performance.now()
  const { failed, stderr } = await execa(nginx, ['-e', 'stderr', '-t', '-c', path], {
    stdin: 'ignore',
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
  })
  const ms = performance.now() - started
  if (failed) throw new Error(`nginx refuses ${path}`, { cause: stderr })
  return ms
}

export interface RunningNginx {
  readonly pid: number
  /** From its start until it answered. */
  readonly startMs: number
  stop(): Promise<void>
}

/** Starts nginx, on one processor if `cpu` says so, and resolves once it answers on its HTTP port. */
export async function startNginx(
  nginx: string,
  { path, dir, ports }: Conf,
  cpu?: number,
): Promise<RunningNginx> {
  const out = await open(join(dir, 'out'), 'a')
  const command = [nginx, '-e', 'stderr', '-c', path, '-g', 'daemon off;']
  const [file, ...args] = cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command]
  const started = performance.now()
  const running = execa(file ?? nginx, args, {
    stdin: 'ignore',
    stdout: descriptorOf(out),
    stderr: descriptorOf(out),
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
  })
  const { pid } = running
  if (pid === undefined) throw new Error(`${nginx} could not be started`, { cause: await running })
  const hasAnswered = async (): Promise<boolean> =>
    /^\d+$/.test(await ask({ port: ports.http, host: 'nobody.invalid' }))
  await until('nginx answers', hasAnswered, { timeoutMs: 60_000, everyMs: 2 })
  const startMs = performance.now() - started
  await until('workers run', () => nginxTree(pid).length > 1, { everyMs: 2 })
  return {
    pid,
    startMs,
    stop: async () => {
      running.kill('SIGTERM')
      await running
      await out.close()
    },
  }
}
