import { until } from '../../test/support/until.ts'
import { figureText, hostsText } from '../figures.ts'
import type { Bench, Line } from '../measurement.ts'
import { goalMs, mostReloads } from '../measurements/burst.ts'
import { ask } from '../support/ask.ts'
import { startController } from '../support/controller.ts'
import { hostOf } from '../support/workload.ts'
import { askOthers, failedText, wrongHosts } from './answers.ts'
import { behindIngresses, inParallel } from './cluster.ts'
import type { Cluster } from './cluster.ts'

export const already = 100
export const created = 1_000

/** A thousand hosts appear in the API server, as fast as it takes them, while others are asked. */
export async function burst(bench: Bench, cluster: Cluster): Promise<Line> {
  bench.say(`api-server: ${created} Ingresses at once`)
  const controller = await startController(bench, bench.newest.path, [
    `--kubeconfig=${cluster.kubeconfig}`,
  ])
  const isOver = new AbortController()
  try {
    await controller.ready()
    const before = controller.published()
    const others = askOthers(controller.ports.http, already, isOver.signal)
    const started = performance.now()
    await cluster.createHosts(already, already + created, behindIngresses)
    const ingressesFrom = performance.now()
    bench.say(`api-server: ${controller.published() - before} reloads before the first Ingress`)
    await cluster.createHosts(already, already + created, ['Ingress'])
    const lastCreated = performance.now()
    let unserved = Array.from({ length: created }, (_, n) => already + n)
    const areServed = async (): Promise<boolean> => {
      const { http: port } = controller.ports
      const still: number[] = []
      const waitingFor = unserved
      await inParallel(
        0,
        waitingFor.length,
        async (n) => {
          const i = waitingFor[n] ?? 0
          if ((await ask({ port, host: hostOf(i) })) !== '308') still.push(i)
        },
        4,
      )
      unserved = still
      return unserved.length === 0
    }
    await until('all are served', areServed, { timeoutMs: 60_000, everyMs: 2 })
    const ms = performance.now() - lastCreated
    const reloads = controller.published() - before
    const wrong = await wrongHosts(controller.ports.https, already + created)
    isOver.abort()
    const { asked, failed } = await others
    return {
      what: `${created.toLocaleString('en-US')} Ingresses created`,
      at: `in ${figureText([lastCreated - ingressesFrom], 'ms')} through kube-apiserver, what is behind them in the ${figureText([ingressesFrom - started], 'ms')} before; beside ${hostsText(already)}, nginx ${bench.newest.version}`,
      goal: `all served ≤ ${goalMs.toLocaleString('en-US')} ms after the last; ≤ ${mostReloads} reloads; 0 failed requests to others`,
      reached: `${figureText([ms], 'ms')}; ${reloads} reloads; ${failedText(wrong)} in a walk over every host; others: ${failedText(failed)} of ${asked.toLocaleString('en-US')}`,
      floor: '',
      ratio: '',
      isMet: ms <= goalMs && reloads <= mostReloads && failed.length === 0 && wrong.length === 0,
    }
  } finally {
    isOver.abort()
    await controller.stop()
  }
}
