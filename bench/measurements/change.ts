import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { freeReloads } from '../../src/controller/pacing.ts'
import { figureText, hostsText, median, ratioText } from '../figures.ts'
import type { Bench, Line, Measurement } from '../measurement.ts'
import type { NginxProgram } from '../../test/support/nginx.ts'
import { until } from '../../test/support/until.ts'
import { apiServer } from '../support/api-server.ts'
import type { ApiServer } from '../support/api-server.ts'
import { startController } from '../support/controller.ts'
import type { Controller } from '../support/controller.ts'
import { testMs } from '../support/nginx.ts'
import { untilOnlyNew } from '../support/until-new.ts'
import { hostOf, ingressOf, workload } from '../support/workload.ts'
import type { Raw } from '../support/workload.ts'

/** A host without TLS is asked for a path that its Ingress has or has not. */
const noPath = '404'
const redirect = '308'

interface Change {
  readonly ms: number
  readonly wrong: readonly string[]
}

/**
 * From the watch event of a changed Ingress until fresh connections get new answers only, against
 * what nginx by itself needs for it: a test, a reload that reads the same, and the 0.1 s for which
 * its master lets both generations accept.
 */
export const change: Measurement = {
  name: 'change',
  async measure(bench) {
    const lines: Line[] = []
    for (const hosts of bench.isQuick ? [100, 1_000] : [100, 1_000, 5_000, 10_000])
      lines.push(await lineOf(bench, hosts, bench.newest))
    const [oldest] = bench.nginxes
    if (oldest !== undefined && oldest !== bench.newest && !bench.isQuick)
      lines.push(await lineOf(bench, 1_000, oldest))
    return lines
  },
}

async function lineOf(bench: Bench, hosts: number, nginx: NginxProgram): Promise<Line> {
  bench.say(`change: ${hostsText(hosts)}, nginx ${nginx.version}`)
  const objects = await workload(hosts, { hasTls: true })
  const api = await apiServer([...objects, steady(hosts - 1), probed(hosts - 1, false)])
  const controller = await startController(bench, nginx.path, [`--apiserver-host=${api.url}`])
  const changes: Change[] = []
  const tests: number[] = []
  try {
    await controller.ready()
    await settled(controller)
    const count = hosts > 1_000 ? freeReloads : 6
    for (let i = 0; i < count; i++) {
      const one = await changeOnce(api, controller, hosts - 1, i % 2 === 0)
      changes.push(one)
      const { ports, stateDir } = controller
      tests.push(
        await testMs(nginx.path, { path: `${stateDir}/current/nginx.conf`, dir: '', ports }),
      )
      // Reloads that crowd are spaced by what they cost; these are to be single ones.
      await delay(Math.max(0, i + 1 - freeReloads) * one.ms)
    }
  } finally {
    await controller.stop()
    await api.close()
  }
  const times = changes.map(({ ms }) => ms)
  const wrong = changes.flatMap((one) => one.wrong)
  const floor = 2 * median(tests) + 100
  return {
    what: 'Ingress change → only new answers',
    at: `${hostsText(hosts)} with TLS, nginx ${nginx.version}`,
    goal: '≤ 1.1 × floor + 60 ms, 0 error answers',
    reached: `${figureText(times, 'ms')}, ${wrong.length === 0 ? '0 errors' : `${wrong.length} errors: ${[...new Set(wrong)].join(', ')}`}`,
    floor: `2 × \`nginx -t\` + 0.1 s: ${figureText([floor], 'ms')}`,
    ratio: ratioText(median(times) / floor),
    isMet: median(times) <= 1.1 * floor + 60 && wrong.length === 0,
  }
}

/** The reload a second after a start, when nginx knows all endpoints, is not to be among what is measured. */
async function settled(controller: Controller): Promise<void> {
  const conf = await readFile(`${controller.stateDir}/current/nginx.conf`, 'utf8')
  if (conf.includes(' service=http resolve '))
    await until('endpoints are not listed', () => controller.published() > 0, { timeoutMs: 60_000 })
}

/** Of a host without TLS: what stays, and an Ingress whose path comes and goes. */
const steady = (i: number): Raw => ingressOf(i, { hasTls: false, paths: ['/always'] })

function probed(i: number, hasPath: boolean): Raw {
  const ingress = ingressOf(i, {
    hasTls: false,
    annotations: { 'force-ssl-redirect': 'true' },
    paths: [hasPath ? '/probe' : '/elsewhere'],
  })
  return { ...ingress, metadata: { ...ingress.metadata, name: 'probe' } }
}

async function changeOnce(
  api: ApiServer,
  { ports }: Controller,
  i: number,
  hasPath: boolean,
): Promise<Change> {
  const [old, wanted] = hasPath ? [noPath, redirect] : [redirect, noPath]
  const question = { port: ports.http, host: hostOf(i), path: '/probe' }
  const started = performance.now()
  api.apply(probed(i, hasPath))
  const { newSince, wrong } = await untilOnlyNew(question, old, wanted)
  return { ms: newSince - started, wrong }
}
