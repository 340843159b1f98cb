import { once } from 'node:events'
import { execa } from 'execa'
import { until } from '../../test/support/until.ts'
import { hostsText, ratioText, rounded } from '../figures.ts'
import type { Bench, Line, Measurement } from '../measurement.ts'
import { apiServer } from '../support/api-server.ts'
import { startController } from '../support/controller.ts'
import { nodeOfItsOwn } from '../support/program.ts'
import { controllerAtRestMiB, mostMiB, restedMiB } from '../support/processes.ts'
import { ingressOf, workload } from '../support/workload.ts'

export const goalsMiB = new Map([
  [0, 80],
  [1_000, 100],
  [5_000, 140],
  [10_000, 250],
])
const changes = 3

/**
 * Memory of the bundled program, alone, at rest after its start and after a few changes, and the most that
 * it had; five endpoints and a certificate a host, read over HTTP.
 */
export const memory: Measurement = {
  name: 'memory',
  async measure(bench) {
    const node = await nodeOfItsOwn(bench)
    const floor = await idleNodeMiB(node)
    const lines: Line[] = []
    for (const hosts of bench.isQuick ? [0, 1_000] : [...goalsMiB.keys()])
      lines.push(await lineOf(bench, hosts, node, floor))
    return lines
  },
}

async function lineOf(bench: Bench, hosts: number, node: string, floor: number): Promise<Line> {
  const { path } = bench.newest
  bench.say(`memory: ${hostsText(hosts)}`)
  const api = await apiServer(await workload(hosts, { hasTls: true }))
  const controller = await startController(bench, path, [`--apiserver-host=${api.url}`], node)
  try {
    await controller.ready()
    const atFirst = await controllerAtRestMiB(controller.pid)
    for (let i = 1; i <= (hosts === 0 ? 0 : changes); i++) {
      const before = controller.published()
      api.apply(ingressOf(0, { hasTls: true, annotations: { 'proxy-body-size': `${i}m` } }))
      await until('it is published', () => controller.published() > before, {
        timeoutMs: 120_000,
      })
    }
    const later = hosts === 0 ? atFirst : await controllerAtRestMiB(controller.pid)
    const most = rounded(mostMiB(controller.pid))
    const goal = goalsMiB.get(hosts) ?? 0
    return {
      what: 'memory (PSS) of the controller',
      at: `${hostsText(hosts)}, five endpoints each`,
      goal: `≤ ${goal} MiB`,
      reached: `${rounded(atFirst)} MiB after the start${hosts === 0 ? '' : `, ${rounded(later)} MiB after ${changes} changes`}; never more than ${most} MiB (RSS)`,
      floor: `an idle Node program: ${rounded(floor)} MiB`,
      ratio: ratioText(Math.max(atFirst, later) / floor),
      isMet: Math.max(atFirst, later) <= goal,
    }
  } finally {
    await controller.stop()
    await api.close()
  }
}

async function idleNodeMiB(node: string): Promise<number> {
  const idle = execa(node, ['--eval', 'setInterval(() => {}, 1000); console.log("up")'], {
    reject: false,
    buffer: false,
  })
  try {
    await once(idle.stdout, 'data')
    return await restedMiB(() => [idle.pid ?? 0])
  } finally {
    idle.kill()
    await idle
  }
}
