// Rolls pods while clients ask, and prints, as JSON, what they saw of it:
//
//   node bench/support/rollout-runs.ts services|reloads|deployment HOSTS COUNT NGINX
//
// services: COUNT changes, 5 a second, each of one of the 3 endpoints of one of 50 Services.
// reloads: the same, and every 5 s an Ingress changes, so that nginx reloads.
// deployment: each of the COUNT pods of one Service makes place for a new one.
// For a network of its own, see network.ts.

import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { podAddress } from './network.ts'
import { podPort, startPod } from './pods.ts'
import type { Pod } from './pods.ts'
import { pssMiB } from './processes.ts'
import { whileRunning } from './running.ts'
import type { Running } from './running.ts'
import { startTraffic } from './traffic.ts'
import { hostOf, ingressOf, sliceOf, workload } from './workload.ts'
import type { Members } from './workload.ts'

export type Rollout = z.infer<typeof rolloutSchema>

export const rolloutSchema = z.object({
  changes: z.number(),
  asked: z.number(),
  failed: z.array(z.string()).readonly(),
  opened: z.number(),
  broken: z.array(z.string()).readonly(),
  reloads: z.number(),
  /** Processes of nginx at most, beyond those before. */
  moreWorkers: z.number(),
  /** At most, beyond what it was with the same traffic before the first change. */
  nginxMoreMiB: z.number(),
  controllerMoreMiB: z.number(),
})

const services = 50
const podsEach = 3
const changeMs = 200
const changesPerReload = 25
const lookMs = 2_000
/** Connections and websockets are there by then. */
const warmMs = 5_000
/** The last that left has closed its listener. */
const afterMs = 2_000

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [kind, hosts, count, nginx = 'nginx'] = process.argv.slice(2)
  const size = [Number(hosts), Number(count), nginx] as const
  const found =
    kind === 'deployment'
      ? await deployment(...size)
      : await severalServices(...size, kind === 'reloads')
  process.stdout.write(JSON.stringify(found))
}

async function severalServices(
  hosts: number,
  count: number,
  nginx: string,
  hasReloads: boolean,
): Promise<Rollout> {
  const pods = podsFrom(0)
  const running = await Promise.all(Array.from({ length: services }, () => pods.some(podsEach)))
  const change = async ({ api }: Running): Promise<void> => {
    const startedAt = performance.now()
    for (let n = 0; n < count; n++) {
      await delay(Math.max(0, startedAt + n * changeMs - performance.now()))
      const i = n % services
      const [oldest, ...others] = running[i] ?? []
      const now = [...others, ...(await pods.some(1))]
      running[i] = now
      api.apply(sliceOf(i, addressed(now)))
      oldest?.leave()
      if (hasReloads && n % changesPerReload === changesPerReload - 1) {
        const annotations = { 'proxy-body-size': `${10 + n}m` }
        api.apply(ingressOf(services, { hasTls: false, annotations }))
      }
    }
  }
  return rolled({ hosts, nginx, running, change, changes: count, requestsPerSecond: 640, pods })
}

async function deployment(hosts: number, count: number, nginx: string): Promise<Rollout> {
  const pods = podsFrom(0)
  const running = [await pods.some(count)]
  const change = async ({ api }: Running): Promise<void> => {
    let all = running[0] ?? []
    const gone: string[] = []
    for (let n = 0; n < count; n++) {
      const [oldest, ...others] = all
      if (oldest === undefined) return
      const [fresh] = await pods.some(1)
      all = [...others, ...(fresh === undefined ? [] : [fresh])]
      api.apply(sliceOf(0, addressed([oldest, ...all])))
      await delay(changeMs / 2)
      // It terminates for as long as its websockets live, which is longer than this takes.
      gone.push(oldest.address)
      api.apply(sliceOf(0, { ...addressed(all), terminating: gone }))
      oldest.leave()
      await delay(changeMs / 2)
    }
  }
  return rolled({ hosts, nginx, running, change, changes: count, requestsPerSecond: 500, pods })
}

interface Plan {
  readonly hosts: number
  readonly nginx: string
  /** Pods of the first Services; the others share one, which nobody asks. */
  readonly running: readonly (readonly Pod[])[]
  readonly change: (running: Running) => Promise<void>
  readonly changes: number
  readonly requestsPerSecond: number
  readonly pods: Pods
}

async function rolled(plan: Plan): Promise<Rollout> {
  const { running, change, changes, requestsPerSecond, pods } = plan
  const objects = await workload(plan.hosts, {
    hasTls: false,
    endpoint: { address: podAddress(0), port: podPort },
  })
  const slices = running.map((each, i) => sliceOf(i, addressed(each)))
  const names = new Set(slices.map(({ metadata }) => metadata.name))
  const others = objects.filter(
    ({ kind, metadata }) => kind !== 'EndpointSlice' || !names.has(metadata.name),
  )
  try {
    return await whileRunning(plan.nginx, [...others, ...slices], async (it) => {
      const { controller } = it
      const traffic = startTraffic({
        port: controller.ports.http,
        host: () => hostOf(Math.floor(Math.random() * running.length)),
        connections: 64,
        requestsPerSecond,
        websockets: 64,
      })
      await delay(warmMs)
      const look = () => ({
        workers: it.nginx().length,
        nginx: pssMiB(it.nginx()),
        controller: pssMiB([controller.pid]),
      })
      const before = look()
      const published = controller.published()
      const looks = [before]
      const looking = setInterval(() => looks.push(look()), lookMs)
      await change(it)
      await delay(afterMs)
      clearInterval(looking)
      looks.push(look())
      const reloads = controller.published() - published
      const most = (of: keyof typeof before): number =>
        Math.max(...looks.map((each) => each[of])) - before[of]
      return {
        ...(await traffic.stop()),
        changes,
        reloads,
        moreWorkers: most('workers'),
        nginxMoreMiB: most('nginx'),
        controllerMoreMiB: most('controller'),
      }
    })
  } finally {
    pods.close()
  }
}

interface Pods {
  /** New ones, which listen. */
  some(count: number): Promise<readonly Pod[]>
  close(): void
}

/** Each has an address that none had before. */
function podsFrom(first: number): Pods {
  const all: Pod[] = []
  let next = first
  return {
    some: async (count) => {
      const addresses = Array.from({ length: count }, () => podAddress(next++))
      const started = await Promise.all(addresses.map(startPod))
      all.push(...started)
      return started
    },
    close: () => {
      for (const pod of all) pod.close()
    },
  }
}

function addressed(pods: readonly Pod[]): Members {
  return { addresses: pods.map(({ address }) => address), port: podPort }
}
