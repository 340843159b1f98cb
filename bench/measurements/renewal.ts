import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { issued, newKeys } from '../../test/support/certificate.ts'
import { fingerprintOf, handshake, keepShaking } from '../../test/support/handshake.ts'
import type { NginxProgram } from '../../test/support/nginx.ts'
import { figureText, hostsText, median, ratioText } from '../figures.ts'
import type { Bench, Line, Measurement } from '../measurement.ts'
import { keepBusy } from '../support/busy.ts'
import { bundleConf, startNginx } from '../support/nginx.ts'
import { cpuMicroseconds, nginxTree, pssMiB, restedMiB } from '../support/processes.ts'
import { byReload, inPlace, withCache } from '../support/renewing.ts'
import type { Way } from '../support/renewing.ts'
import { untilOnly } from '../support/until-new.ts'
import { hostOf, workload } from '../support/workload.ts'

const hosts = 1_000
/** Their certificates are renewed in turn while each is asked for all the time. */
const renewed = [0, 1, 2, 3]
const busyConnections = 32
/** As many reloads as never wait for each other (controller/pacing.ts). */
const freeReloads = 3

/**
 * A renewed certificate with a key of its own, as cert-manager issues it: by a reload, as Sluice does,
 * and by replacing the file that the configuration names.
 */
export const renewal: Measurement = {
  name: 'renewal',
  async measure(bench) {
    const lines: Line[] = []
    for (const nginx of bench.isQuick ? [bench.newest] : bench.nginxes) {
      lines.push(await timeOf(bench, nginx, byReload), await timeOf(bench, nginx, inPlace))
      lines.push(await crowdOf(bench, nginx, byReload), await crowdOf(bench, nginx, inPlace))
      lines.push(...(await costs(bench, nginx)))
    }
    return lines
  },
}

type Start = typeof byReload

async function timeOf(bench: Bench, nginx: NginxProgram, start: Start): Promise<Line> {
  const way = await start(bench, nginx, hosts)
  bench.say(`renewal: single ones, ${way.name}, nginx ${nginx.version}`)
  const over = new AbortController()
  const times: number[] = []
  const wrong: string[] = []
  try {
    const loops = shaking(way, over.signal)
    const hello = { port: way.https, host: hostOf(0) }
    let old = await handshake(hello)
    for (let i = 0; i < (bench.isQuick ? 3 : 6); i++) {
      const pair = await issued(hello.host, 10_000 + i, await newKeys())
      const wanted = fingerprintOf(pair.certificate)
      const started = performance.now()
      await way.renew(0, pair)
      const seen = await untilOnly(() => handshake(hello), old, wanted)
      times.push(seen.newSince - started)
      wrong.push(...seen.wrong)
      old = wanted
      await delay(Math.max(0, i + 1 - freeReloads) * (seen.newSince - started))
    }
    over.abort()
    const { shaken, failed } = await loops
    return {
      ...row(nginx, 'renewed certificate → only new handshakes', way.name),
      goal: '0 failed',
      reached: `${figureText(times, 'ms')}; ${way.reloads()} reloads for ${times.length} renewals; ${lossText(shaken, [...failed, ...wrong])}`,
      isMet: failed.length + wrong.length === 0,
    }
  } finally {
    over.abort()
    await way.stop()
  }
}

/** Many renewals one after the other while connections live for long. */
async function crowdOf(bench: Bench, nginx: NginxProgram, start: Start): Promise<Line> {
  const [count, everyMs] = [bench.isQuick ? 20 : 100, 600]
  const way = await start(bench, nginx, hosts)
  bench.say(`renewal: ${count} in a row, ${way.name}, nginx ${nginx.version}`)
  const over = new AbortController()
  try {
    const busy = keepBusy(way.https, hostOf(9), busyConnections, over.signal)
    const loops = shaking(way, over.signal)
    const before = await restedMiB(() => nginxTree(way.master))
    const workers = nginxTree(way.master).length - 1
    let mostWorkers = workers
    let mostMiB = before
    for (let i = 0; i < count; i++) {
      const host = renewed[i % renewed.length] ?? 0
      const next = delay(everyMs)
      await way.renew(host, await issued(hostOf(host), 20_000 + i, await newKeys()))
      await next
      mostWorkers = Math.max(mostWorkers, nginxTree(way.master).length - 1)
      mostMiB = Math.max(mostMiB, memoryNow(way.master) ?? 0)
    }
    over.abort()
    const { shaken, failed } = await loops
    await busy
    return {
      ...row(nginx, `${count} renewals in ${(count * everyMs) / 1_000} s`, way.name),
      goal: '0 failed',
      reached: `${lossText(shaken, failed)}; ${way.reloads()} reloads; at most ${mostWorkers - workers} workers and ${figureText([mostMiB - before], 'MiB')} more`,
      isMet: failed.length === 0,
    }
  } finally {
    over.abort()
    await way.stop()
  }
}

/** Undefined where a worker went while it was looked at. */
function memoryNow(master: number): number | undefined {
  try {
    return pssMiB(nginxTree(master))
  } catch {
    return undefined
  }
}

/** What a full handshake costs nginx, with the settings of the cache that either way needs. */
async function costs(bench: Bench, nginx: NginxProgram): Promise<Line[]> {
  const settings = [
    'off',
    'max=20000 inactive=10m valid=1s',
    'max=20000 inactive=10m valid=1h',
    'max=1000 inactive=10m valid=1h',
  ]
  const conf = await bundleConf(bench, nginx.path, await workload(hosts, { hasTls: true }))
  const hasCache = /ssl_certificate_cache/.test(await readFile(conf.path, 'utf8'))
  const lines: Line[] = []
  let floor = 0
  for (const cache of hasCache ? settings : settings.slice(0, 1)) {
    bench.say(`renewal: cost of a handshake, cache ${cache}, nginx ${nginx.version}`)
    await withCache(conf, cache)
    const running = await startNginx(nginx.path, conf)
    try {
      const [, ...workers] = nginxTree(running.pid)
      const used = (): number => workers.reduce((sum, pid) => sum + cpuMicroseconds(pid), 0)
      await shakeAll(conf.ports.https, 3 * hosts)
      const figures: number[] = []
      for (let round = 0; round < (bench.isQuick ? 1 : 3); round++) {
        const before = used()
        await shakeAll(conf.ports.https, hosts)
        figures.push((used() - before) / hosts)
      }
      if (floor === 0) floor = median(figures)
      lines.push({
        ...row(nginx, 'nginx CPU per full handshake', `a certificate each, cache ${cache}`),
        reached: figureText(figures, 'µs'),
        floor: `without a cache: ${figureText([floor], 'µs')}`,
        ratio: ratioText(median(figures) / floor),
      })
    } finally {
      await running.stop()
    }
  }
  return lines
}

async function shakeAll(port: number, count: number): Promise<void> {
  let next = 0
  const one = async (): Promise<void> => {
    while (next < count) {
      const shown = await handshake({ port, host: hostOf(next++ % hosts) })
      if (shown.startsWith('failed')) throw new Error(`a handshake ${shown}`)
    }
  }
  await Promise.all(Array.from({ length: 4 }, one))
}

async function shaking(
  { https }: Way,
  signal: AbortSignal,
): Promise<{ readonly shaken: number; readonly failed: readonly string[] }> {
  const loops = await Promise.all(
    renewed.map((host) => keepShaking({ port: https, host: hostOf(host) }, signal)),
  )
  return {
    shaken: loops.reduce((sum, { shaken }) => sum + shaken, 0),
    failed: loops.flatMap(({ failed }) => failed),
  }
}

const lossText = (shaken: number, failed: readonly string[]): string =>
  `${failed.length} of ${shaken.toLocaleString('en-US')} handshakes failed${failed.length === 0 ? '' : ` (${[...new Set(failed)].join(', ')})`}`

const row = ({ version }: NginxProgram, what: string, at: string): Line => ({
  what,
  at: `${at}, ${hostsText(hosts)}, nginx ${version}`,
  goal: '',
  reached: '',
  floor: '',
  ratio: '',
  isMet: undefined,
})
