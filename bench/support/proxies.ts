import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { until } from '../../test/support/until.ts'
import type { Bench } from '../measurement.ts'
import { startController } from './controller.ts'
import { bundleConf, handWrittenConf, startNginx } from './nginx.ts'
import type { Conf, Ports } from './nginx.ts'
import { nginxTree } from './processes.ts'
import type { Raw } from './workload.ts'

/** An nginx that runs, its one worker on the first processor. */
export interface Proxy {
  readonly port: number
  readonly worker: number
  /** Its nginx.conf. */
  readonly conf: string
  stop(): Promise<void>
}

const proxyProcessor = 0
export const loadProcessor = 1

const configMap: Raw = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'nginx-configuration', namespace: 'ingress-nginx' },
  data: { 'worker-processes': '1' },
}
const configMapName = 'ingress-nginx/nginx-configuration'

/** What a person wrote. */
export const handWritten = async (
  bench: Bench,
  text: (dir: string, ports: Ports) => string | Promise<string>,
): Promise<Proxy> => proxyOf(bench, await handWrittenConf(bench, text))

/** What Sluice makes of `objects`, endpoints in it. */
export const bundled = async (bench: Bench, objects: readonly Raw[]): Promise<Proxy> =>
  proxyOf(bench, await bundleConf(bench, bench.newest.path, [...objects, configMap], configMapName))

async function proxyOf({ newest }: Bench, conf: Conf): Promise<Proxy> {
  const nginx = await startNginx(newest.path, conf, proxyProcessor)
  return {
    port: conf.ports.http,
    worker: workerOf(nginx.pid),
    conf: await readFile(conf.path, 'utf8'),
    stop: () => nginx.stop(),
  }
}

/** The same beside a controller that nginx asks for endpoints. */
export async function resolving(bench: Bench, objects: readonly Raw[]): Promise<Proxy> {
  const dir = await mkdtemp(join(bench.scratch, 'manifests-'))
  const list = { apiVersion: 'v1', kind: 'List', items: [...objects, configMap] }
  await writeFile(join(dir, 'all.json'), JSON.stringify(list))
  const source = [
    `--manifests=${dir}`,
    `--configmap=${configMapName}`,
    '--endpoint-updates=resolve',
  ]
  const controller = await startController(bench, bench.newest.path, source)
  try {
    await controller.ready()
    // the configuration after the first has names alone, and no lists of endpoints
    await until('names are known', () => controller.published() > 0)
    const master = Number(await readFile(join(controller.stateDir, 'nginx.pid'), 'utf8'))
    await until('old workers are gone', () => nginxTree(master).length === 2)
    const worker = workerOf(master)
    await execa('taskset', ['-p', '-c', String(proxyProcessor), String(worker)])
    const conf = await readFile(join(controller.stateDir, 'current/nginx.conf'), 'utf8')
    return { port: controller.ports.http, worker, conf, stop: () => controller.stop() }
  } catch (error) {
    await controller.stop()
    throw error
  }
}

function workerOf(master: number): number {
  const [, worker] = nginxTree(master)
  if (worker === undefined) throw new Error('nginx has no worker')
  return worker
}
