import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { until } from '../../test/support/until.ts'
import { figureText, hostsText, ratioText } from '../figures.ts'
import type { Bench, Line, Measurement } from '../measurement.ts'
import { bundleConf, handWrittenConf, startNginx } from '../support/nginx.ts'
import type { Conf } from '../support/nginx.ts'
import { nginxTree, restedMiB } from '../support/processes.ts'
import { minimalShape } from '../support/shapes.ts'
import { workload } from '../support/workload.ts'

const goal = 1.1

/** Memory of a master and its workers right after the start, ours and the floor's. */
export const nginxMemory: Measurement = {
  name: 'nginx-memory',
  async measure(bench) {
    const lines: Line[] = []
    for (const hosts of bench.isQuick ? [1_000] : [1, 1_000, 5_000])
      lines.push(await lineOf(bench, hosts))
    return lines
  },
}

async function lineOf(bench: Bench, hosts: number): Promise<Line> {
  const { version, path } = bench.newest
  bench.say(`nginx-memory: ${hostsText(hosts)}`)
  const bundle = await bundleConf(bench, path, await workload(hosts, { hasTls: true }))
  const ours = await memoryOf(path, bundle)
  // As many as ours: nginx has their memory from the start, used or not.
  const connections = Number(
    /worker_connections (\d+);/.exec(await readFile(bundle.path, 'utf8'))?.[1],
  )
  const floor = await memoryOf(
    path,
    await handWrittenConf(bench, (dir, ports) =>
      minimalShape(hosts, dir, ports, { log: 'access_log off;', connections, hasTls: true }),
    ),
  )
  return {
    what: 'memory (PSS) of nginx',
    at: `${hostsText(hosts)} with TLS, nginx ${version}`,
    goal: `≤ ${goal} of the floor`,
    reached: figureText([ours], 'MiB'),
    floor: `hand-written, same hosts, ${connections.toLocaleString('en-US')} connections: ${figureText([floor], 'MiB')}`,
    ratio: ratioText(ours / floor),
    isMet: ours / floor <= goal,
  }
}

async function memoryOf(path: string, conf: Conf): Promise<number> {
  const nginx = await startNginx(path, conf)
  try {
    const hasAllWorkers = (): boolean => nginxTree(nginx.pid).length > availableParallelism()
    await until('every worker runs', hasAllWorkers, { everyMs: 5 })
    return await restedMiB(() => nginxTree(nginx.pid))
  } finally {
    await nginx.stop()
  }
}
