// Measures Sluice in the network of a real API server and prints each line of the table as JSON, as
// soon as it is known:
//
//   node bench/api-server/figures.ts SCRATCH VERSION NGINX [quick]

import { figureText, hostsText, rounded } from '../figures.ts'
import type { Bench, Line } from '../measurement.ts'
import { keyPairs } from '../support/workload.ts'
import { controllerAtRestMiB } from '../support/processes.ts'
import { errorText } from '../../src/log.ts'
import { askOthers, failedText } from './answers.ts'
import { already, burst, created } from './burst.ts'
import { ingressChanged, ingressMoved } from './changes.ts'
import { behindIngresses, realCluster } from './cluster.ts'
import type { Cluster } from './cluster.ts'
import { endpointChanges } from './endpoints.ts'
import { changingHosts } from './hosts.ts'
import { memoryLine, starts } from './start.ts'

const [scratch = '', version = '', path = '', mode] = process.argv.slice(2)
const newest = { version, path }
const bench: Bench = {
  isQuick: mode === 'quick',
  nginxes: [newest],
  newest,
  scratch,
  say: (text) => void process.stderr.write(`${text}\n`),
}
const sizes = bench.isQuick ? [1_000] : [1_000, 5_000, 10_000]

const cluster = await realCluster()
await keyPairs(Math.max(...sizes, already + created)) // once: issuing takes time
await cluster.create(...changingHosts())
await grow(cluster, 0, already)
await print('1,000 Ingresses created, through kube-apiserver', async () => {
  tell(await burst(bench, cluster))
})
let present = already + created
for (const hosts of sizes) {
  await print(`${hostsText(hosts)}, through kube-apiserver`, async () => {
    if (present > hosts) await cluster.removeHosts(hosts, present)
    else await grow(cluster, present, hosts)
    present = hosts
    await measure(hosts)
  })
}
cluster.close()
process.exit() // kept connections to the API server would hold the process

async function grow(cluster: Cluster, from: number, to: number): Promise<void> {
  const started = performance.now()
  await cluster.createHosts(from, to, [...behindIngresses, 'Ingress'])
  const ms = performance.now() - started
  const each = figureText([(1_000 * (to - from)) / ms], '')
  bench.say(`api-server: ${hostsText(to - from)} created in ${rounded(ms)} ms, ${each} a second`)
}

async function measure(hosts: number): Promise<void> {
  bench.say(`api-server: cold start of ${hostsText(hosts)}`)
  const { controller, lines } = await starts(bench, cluster, hosts)
  tell(...lines)
  const isOver = new AbortController()
  try {
    const others = askOthers(controller.ports.http, hosts, isOver.signal)
    bench.say(`api-server: changes beside ${hostsText(hosts)}`)
    tell(await ingressChanged(bench, cluster, controller, hosts))
    tell(await endpointChanges(bench, cluster, controller, hosts))
    tell(await ingressMoved(bench, cluster, controller, hosts))
    isOver.abort()
    const { asked, failed } = await others
    tell(
      memoryLine(hosts, await controllerAtRestMiB(controller.pid), 'at rest after those changes'),
      {
        what: 'requests to others meanwhile',
        at: `${hostsText(hosts)}, kube-apiserver, nginx ${version}`,
        goal: '0 error answers',
        reached: `${failedText(failed)} of ${asked.toLocaleString('en-US')}`,
        floor: '',
        ratio: '',
        isMet: failed.length === 0,
      },
    )
  } finally {
    isOver.abort()
    await controller.stop()
  }
}

/** What fails costs its own lines alone. */
async function print(what: string, measured: () => Promise<void>): Promise<void> {
  try {
    await measured()
  } catch (error) {
    const reached = `failed: ${errorText(error)}`.replaceAll(/[\n|]/g, ' ')
    tell({ what, at: '', goal: '', reached, floor: '', ratio: '', isMet: false })
  }
}

function tell(...lines: readonly Line[]): void {
  for (const line of lines) process.stdout.write(`${JSON.stringify(line)}\n`)
}
