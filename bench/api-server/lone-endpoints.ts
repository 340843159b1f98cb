// Changes endpoints 2 to 10 s apart in the network of a real API server, kills the controller in
// between, and prints each line of the table as JSON, as soon as it is known:
//
//   node bench/api-server/lone-endpoints.ts SCRATCH VERSION NGINX [quick]

import { Agent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { figureText, hostsText, median, percentile, ratioText } from '../figures.ts'
import type { Line } from '../measurement.ts'
import { until } from '../../test/support/until.ts'
import { startController } from '../support/controller.ts'
import { askOthers, failedText, whoAnswers } from './answers.ts'
import { realCluster } from './cluster.ts'
import { benchOf, grow, guarded, tell } from './frame.ts'
import { changingHosts, plainAddress, plainHost, plainHosts, plainSlice } from './hosts.ts'
import { watchSlices } from './watch.ts'
import type { Watch } from './watch.ts'

const leastGapMs = 2_000
const mostGapMs = 10_000
const newInARow = 6
/** Until nginx has asked for every name anew. */
const settleMs = 5_000
/** A kubelet takes about as long to start a container again. */
const awayMs = 3_000
/** So long after it is ready again, all is to be as it was. */
const backMs = 6_000

const bench = benchOf(process.argv.slice(2))
const cluster = await realCluster()
await cluster.create(...changingHosts())
/** Which of its two endpoints each changing host has. */
const present: number[] = Array.from({ length: plainHosts }, () => 0)
let hostsThere = 0
for (const hosts of bench.isQuick ? [1_000] : [1_000, 5_000]) {
  await guarded(`${hostsText(hosts)}, endpoint changes 2 to 10 s apart`, async () => {
    await grow(bench, cluster, hostsThere, hosts)
    hostsThere = hosts
    await measure(hosts)
  })
}
cluster.close()
process.exit() // kept connections to the API server would hold the process

/** What asks for the endpoints that change. */
interface Client {
  readonly port: number
  readonly agent: Agent
  readonly watch: Watch
}

interface Changes {
  /** Until only the new endpoint answers. */
  readonly ms: number[]
  /** Until a bare watch hears of it. */
  readonly heardMs: number[]
  readonly wrong: string[]
}

async function measure(hosts: number): Promise<void> {
  const source = [`--kubeconfig=${cluster.kubeconfig}`]
  const { path, version } = bench.newest
  const first = await startController(bench, path, source)
  let controller = first
  const client: Client = {
    port: first.ports.http,
    agent: new Agent({ keepAlive: true }),
    watch: await watchSlices(cluster),
  }
  const isOver = new AbortController()
  const at = `${hostsText(hosts)} with TLS, kube-apiserver, nginx ${version}`
  const count = bench.isQuick ? 10 : hosts > 1_000 ? 30 : 50
  try {
    await first.ready()
    // The lists of new upstreams go with a reload.
    await until('the lists are gone', () => first.published() > 0, { timeoutMs: 120_000 })
    await delay(settleMs)
    bench.say(`lone-endpoints: ${count} changes beside ${hostsText(hosts)}, twice`)
    const others = askOthers(client.port, hosts, isOver.signal)
    const published = first.published()
    const before = await changesApart(client, count)
    const reloads = first.published() - published

    await first.kill()
    const meanwhile = newChanges()
    const changed = change(client, meanwhile).then(() => performance.now())
    await delay(awayMs)
    controller = await startController(bench, path, source, undefined, first.place)
    const readyAt = await controller.ready()
    const inForceMs = Math.max(0, (await changed) - readyAt)
    await delay(backMs - inForceMs)
    const after = await changesApart(client, count)
    isOver.abort()
    const all = await others
    after.wrong.push(...meanwhile.wrong)
    tell(
      lineOf(before, {
        what: 'endpoint changes 2 to 10 s apart',
        at,
        goal: '0 reloads',
        reached: `${reloads} reloads`,
        isMet: reloads === 0,
      }),
      lineOf(after, {
        what: 'the same after the controller was killed',
        at,
        goal: `from ${figureText([backMs], 'ms')} after it is ready again`,
        reached: `what changed meanwhile is in force ${figureText([inForceMs], 'ms')} after that; others: ${failedText(all.failed)} of ${all.asked.toLocaleString('en-US')} in all`,
        isMet: inForceMs <= backMs && all.failed.length === 0,
      }),
    )
  } finally {
    isOver.abort()
    client.agent.destroy()
    client.watch.stop()
    await controller.stop()
  }
}

/** Changes an endpoint of any host, and another one after a while. */
async function changesApart(client: Client, count: number): Promise<Changes> {
  const all = newChanges()
  for (let n = 0; n < count; n++) {
    await delay(leastGapMs + Math.random() * (mostGapMs - leastGapMs))
    await change(client, all)
  }
  return all
}

async function change({ port, agent, watch }: Client, into: Changes): Promise<void> {
  const k = Math.floor(Math.random() * plainHosts)
  const was = present[k] ?? 0
  const wanted = 1 - was
  present[k] = wanted
  const started = performance.now()
  const told = watch.next(`plain-${k}`)
  const replaced = cluster.replace(plainSlice(k, wanted))
  let since = 0
  for (let row = 0; row < newInARow;) {
    if (performance.now() - started > 100) await delay(5) // it takes long anyway
    const answer = await whoAnswers({ port, host: plainHost(k) }, agent)
    if (answer !== plainAddress(k, wanted)) row = 0
    else if (row++ === 0) since = performance.now()
    if (answer !== plainAddress(k, wanted) && answer !== plainAddress(k, was))
      into.wrong.push(answer)
  }
  into.ms.push(since - started)
  into.heardMs.push((await told) - started)
  await replaced
}

function newChanges(): Changes {
  return { ms: [], heardMs: [], wrong: [] }
}

function lineOf(
  { ms, heardMs, wrong }: Changes,
  { what, at, goal, reached, isMet }: Omit<Line, 'floor' | 'ratio'>,
): Line {
  const p99 = percentile(ms, 0.99)
  return {
    what,
    at: `${ms.length} changes, ${at}`,
    goal: `p50 ≤ 10 ms, p99 ≤ 50 ms; 0 error answers; ${goal}`,
    reached: `p50 ${figureText([median(ms)], 'ms')}, p99 ${figureText([p99], 'ms')}; ${failedText(wrong)}; ${reached}`,
    floor: `until a bare watch hears of it: ${figureText([median(heardMs)], 'ms')}`,
    ratio: ratioText(median(ms) / median(heardMs)),
    isMet: isMet === true && median(ms) <= 10 && p99 <= 50 && wrong.length === 0,
  }
}
