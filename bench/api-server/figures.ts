// Measures Sluice in the network of a real API server and prints each line of the table as JSON, as
// soon as it is known:
//
//   node bench/api-server/figures.ts SCRATCH VERSION NGINX [quick]

import { hostsText } from '../figures.ts'
import { keyPairs } from '../support/workload.ts'
import { controllerAtRestMiB } from '../support/processes.ts'
import { askOthers, failedText } from './answers.ts'
import { already, burst, created } from './burst.ts'
import { ingressChanged, ingressMoved } from './changes.ts'
import { realCluster } from './cluster.ts'
import { endpointChanges } from './endpoints.ts'
import { benchOf, grow, guarded, tell } from './frame.ts'
import { changingHosts } from './hosts.ts'
import { memoryLine, starts } from './start.ts'

const bench = benchOf(process.argv.slice(2))
const sizes = bench.isQuick ? [1_000] : [1_000, 5_000, 10_000]

const cluster = await realCluster()
await keyPairs(Math.max(...sizes, already + created)) // once: issuing takes time
await cluster.create(...changingHosts())
await grow(bench, cluster, 0, already)
await guarded('1,000 Ingresses created, through kube-apiserver', async () => {
  tell(await burst(bench, cluster))
})
let present = already + created
for (const hosts of sizes) {
  await guarded(`${hostsText(hosts)}, through kube-apiserver`, async () => {
    if (present > hosts) await cluster.removeHosts(hosts, present)
    else await grow(bench, cluster, present, hosts)
    present = hosts
    await measure(hosts)
  })
}
cluster.close()
process.exit() // kept connections to the API server would hold the process

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
        at: `${hostsText(hosts)}, kube-apiserver, nginx ${bench.newest.version}`,
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
