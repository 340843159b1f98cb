import { figureText, hostsText, median, ratioText, rounded } from '../figures.ts'
import type { Bench, Line } from '../measurement.ts'
import { goalsMs, wrongAnswers } from '../measurements/start.ts'
import { goalsMiB } from '../measurements/memory.ts'
import { startController } from '../support/controller.ts'
import type { Controller } from '../support/controller.ts'
import { testMs } from '../support/nginx.ts'
import { controllerAtRestMiB } from '../support/processes.ts'
import { nodeOfItsOwn } from '../support/program.ts'
import { failedText, wrongHosts } from './answers.ts'
import { listsMs } from './cluster.ts'
import type { Cluster } from './cluster.ts'

export interface Started {
  /** Of the last start, and still running. */
  readonly controller: Controller
  readonly lines: readonly Line[]
}

/**
 * The bundled program, from its start with an empty state directory to `/readyz` 200; then each host
 * is asked once over TLS for its own endpoint. Memory is what the last one needs before that walk.
 */
export async function starts(bench: Bench, cluster: Cluster, hosts: number): Promise<Started> {
  const count = hosts > 5_000 ? 1 : hosts > 1_000 || bench.isQuick ? 2 : 3
  const ready: number[] = []
  const floor: number[] = []
  const wrong: string[] = []
  for (let n = 1; ; n++) {
    const controller = await startController(
      bench,
      bench.newest.path,
      [`--kubeconfig=${cluster.kubeconfig}`],
      await nodeOfItsOwn(bench),
    )
    const isOver = new AbortController()
    try {
      const early = wrongAnswers(controller, isOver.signal)
      ready.push((await controller.ready()) - controller.startedAt)
      isOver.abort()
      wrong.push(...(await early))
      const memory = n === count ? await controllerAtRestMiB(controller.pid) : 0
      wrong.push(...(await wrongHosts(controller.ports.https, hosts)))
      const { ports, stateDir } = controller
      const conf = { path: `${stateDir}/current/nginx.conf`, dir: '', ports }
      floor.push((await listsMs(cluster)) + (await testMs(bench.newest.path, conf)))
      if (n === count) {
        const lines = [
          startLine(bench, hosts, ready, floor, wrong),
          memoryLine(hosts, memory, 'at rest after the start'),
        ]
        return { controller, lines }
      }
    } catch (error) {
      isOver.abort()
      await controller.stop()
      throw error
    }
    await controller.stop()
  }
}

function startLine(
  { newest }: Bench,
  hosts: number,
  ready: readonly number[],
  floor: readonly number[],
  wrong: readonly string[],
): Line {
  const goal = goalsMs.get(hosts)
  return {
    what: 'cold start until all are served',
    at: `${hostsText(hosts)} with TLS, kube-apiserver, nginx ${newest.version}`,
    goal: `${goal === undefined ? '' : `≤ ${goal.toLocaleString('en-US')} ms, `}0 error answers`,
    reached: `${figureText(ready, 'ms')}, ${failedText(wrong)} in a walk over every host`,
    floor: `the lists read and parsed, \`nginx -t\`: ${figureText(floor, 'ms')}`,
    ratio: ratioText(median(ready) / median(floor)),
    isMet: wrong.length === 0 && (goal === undefined || median(ready) <= goal),
  }
}

export function memoryLine(hosts: number, miB: number, when: string): Line {
  const goal = goalsMiB.get(hosts)
  return {
    what: 'memory (PSS) of the controller',
    at: `${hostsText(hosts)}, kube-apiserver`,
    goal: goal === undefined ? '' : `≤ ${goal} MiB`,
    reached: `${rounded(miB)} MiB ${when}`,
    floor: '',
    ratio: '',
    isMet: goal === undefined ? undefined : miB <= goal,
  }
}
