import { figureText, hostsText } from '../figures.ts'
import type { Bench, Line, Measurement } from '../measurement.ts'
import { inNetwork } from '../support/network.ts'
import { rolloutSchema } from '../support/rollout-runs.ts'
import type { Rollout } from '../support/rollout-runs.ts'

/** Pods that come and go under traffic, in a network of its own. */
export const rollouts: Measurement = {
  name: 'rollouts',
  async measure(bench) {
    const hosts = 1_000
    const changes = bench.isQuick ? 75 : 300
    const reloadedChanges = bench.isQuick ? 75 : 150
    const pods = bench.isQuick ? 20 : 50
    bench.say(`rollouts: ${changes} changes of 50 Services`)
    const services = await run(bench, 'services', hosts, changes)
    bench.say(`rollouts: ${reloadedChanges} changes, and reloads`)
    const reloads = await run(bench, 'reloads', hosts, reloadedChanges)
    bench.say(`rollouts: ${pods} pods of one Service`)
    const deployment = await run(bench, 'deployment', hosts, pods)
    return [
      {
        what: `${changes / 5} s of rollouts`,
        at: `5 endpoint changes a second over 50 Services, 64 kept connections, 64 websockets, ${hostsText(hosts)}, nginx ${bench.newest.version}`,
        goal: '0 failed, 0 broken, 0 reloads, ≤ 20 MiB more',
        ...textOf(services),
        isMet: isClean(services) && services.nginxMoreMiB <= 20,
      },
      {
        what: 'rollouts, and nginx reloads',
        at: `${reloadedChanges / 5} s of the same, and every 5 s an Ingress changes`,
        goal: '0 failed, 0 broken',
        ...textOf(reloads),
        isMet: hasLostNone(reloads),
      },
      {
        what: `a rollout of ${pods} pods`,
        at: `one after the other, 500 requests a second, 64 websockets, ${hostsText(hosts)}, nginx ${bench.newest.version}`,
        goal: '0 failed, 0 broken, no worker more',
        ...textOf(deployment),
        isMet: isClean(deployment),
      },
    ]
  },
}

function run(bench: Bench, kind: string, hosts: number, count: number): Promise<Rollout> {
  return inNetwork('rollout-runs.ts', [kind, hosts, count, bench.newest.path], rolloutSchema)
}

const hasLostNone = ({ failed, broken }: Rollout): boolean => failed.length + broken.length === 0

const isClean = (rollout: Rollout): boolean =>
  hasLostNone(rollout) && rollout.reloads + rollout.moreWorkers === 0

function textOf(rollout: Rollout): Pick<Line, 'reached' | 'floor' | 'ratio'> {
  const { asked, failed, opened, broken, reloads, moreWorkers } = rollout
  const { nginxMoreMiB, controllerMoreMiB } = rollout
  return {
    reached: [
      `${counted(failed, asked)} requests failed`,
      `${counted(broken, opened)} websockets broken`,
      `${reloads} reloads`,
      `${moreWorkers} workers more`,
      `nginx ${figureText([nginxMoreMiB], 'MiB')} more, the controller ${figureText([controllerMoreMiB], 'MiB')}`,
    ].join('; '),
    floor: '',
    ratio: '',
  }
}

/** `2 of 100 (502)` */
function counted(bad: readonly string[], all: number): string {
  const kinds = bad.length === 0 ? '' : ` (${[...new Set(bad)].join(', ')})`
  return `${bad.length} of ${all.toLocaleString('en-US')}${kinds}`
}
