import { Agent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { figureText, hostsText, median, percentile, ratioText } from '../figures.ts'
import type { Bench, Line } from '../measurement.ts'
import type { Controller } from '../support/controller.ts'
import { failedText, whoAnswers } from './answers.ts'
import type { Cluster } from './cluster.ts'
import { plainAddress, plainHost, plainHosts, plainSlice } from './hosts.ts'
import { watchSlices } from './watch.ts'

const newInARow = 6

/** Every endpoint in turn is exchanged by another, and that one in the next round by the first. */
let rounds = 0

/**
 * From sending a changed EndpointSlice to the API server until a client on a kept connection reaches
 * the new endpoint only, against the moment in which a watch that does nothing else hears of it.
 */
export async function endpointChanges(
  bench: Bench,
  cluster: Cluster,
  controller: Controller,
  hosts: number,
): Promise<Line> {
  const { http: port } = controller.ports
  const agent = new Agent({ keepAlive: true })
  const watch = await watchSlices(cluster)
  await delay(6_000) // after a reload every name is asked for again, and held by then
  const published = controller.published()
  const ms: number[] = []
  const heard: number[] = []
  const wrong: string[] = []
  try {
    for (const deadline = rounds + (bench.isQuick ? 4 : 10); rounds < deadline; rounds++) {
      const [was, wanted] = [rounds % 2, (rounds + 1) % 2] as const
      for (let k = 0; k < plainHosts; k++) {
        const started = performance.now()
        const told = watch.next(`plain-${k}`)
        const replaced = cluster.replace(plainSlice(k, wanted))
        let since = 0
        for (let row = 0; row < newInARow;) {
          const answer = await whoAnswers({ port, host: plainHost(k) }, agent)
          if (answer !== plainAddress(k, wanted)) row = 0
          else if (row++ === 0) since = performance.now()
          if (answer !== plainAddress(k, wanted) && answer !== plainAddress(k, was))
            wrong.push(answer)
        }
        ms.push(since - started)
        heard.push((await told) - started)
        await replaced
      }
    }
  } finally {
    agent.destroy()
    watch.stop()
  }
  const reloads = controller.published() - published
  const p99 = percentile(ms, 0.99)
  return {
    what: 'endpoint change → traffic',
    at: `${ms.length} changes, ${hostsText(hosts)} with TLS, kube-apiserver, nginx ${bench.newest.version}`,
    goal: 'p50 ≤ 10 ms, p99 ≤ 1.1 s; 0 reloads; 0 error answers',
    reached: `p50 ${figureText([median(ms)], 'ms')}, p99 ${figureText([p99], 'ms')}; ${reloads} reloads; ${failedText(wrong)}`,
    floor: `until a bare watch hears of it: ${figureText([median(heard)], 'ms')}`,
    ratio: ratioText(median(ms) / median(heard)),
    isMet: median(ms) <= 10 && p99 <= 1_100 && reloads === 0 && wrong.length === 0,
  }
}
