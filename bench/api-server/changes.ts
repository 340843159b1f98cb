import { setTimeout as delay } from 'node:timers/promises'
import { freeReloads, windowMs } from '../../src/controller/pacing.ts'
import { figureText, hostsText, median, ratioText } from '../figures.ts'
import type { Bench, Line } from '../measurement.ts'
import type { Controller } from '../support/controller.ts'
import { testMs } from '../support/nginx.ts'
import { untilOnly, untilOnlyNew } from '../support/until-new.ts'
import type { Seen } from '../support/until-new.ts'
import { failedText, whoAnswers } from './answers.ts'
import type { Cluster } from './cluster.ts'
import { moveAddress, moved, movedHost, moveTarget, probe, probeHost } from './hosts.ts'

/** One of an Ingress: from sending it to the API server until fresh connections get new answers only. */
interface Change {
  readonly what: string
  /** How much more than the goal of a single reload it may take. */
  readonly timesGoal: number
  readonly count: number
  /** Before each: reloads that crowd are spaced by what they cost, and these are to be single ones. */
  readonly pauseMs?: number
  readonly make: () => Promise<Seen>
}

/** Whether the probe has its path, and to which Service the other Ingress was moved by now. */
let hasPath = false
let moves = 0

export function ingressChanged(
  bench: Bench,
  cluster: Cluster,
  controller: Controller,
  hosts: number,
): Promise<Line> {
  const { http: port } = controller.ports
  return lineOf(bench, controller, hosts, {
    what: 'Ingress change → only new answers',
    timesGoal: 1,
    count: freeReloads,
    make: async () => {
      hasPath = !hasPath
      const [old, wanted] = hasPath ? ['404', '200'] : ['200', '404']
      await cluster.replace(probe(hasPath))
      return untilOnlyNew({ port, host: probeHost, path: '/probe' }, old, wanted)
    },
  })
}

export async function ingressMoved(
  bench: Bench,
  cluster: Cluster,
  controller: Controller,
  hosts: number,
): Promise<Line> {
  const { http: port } = controller.ports
  const count = bench.isQuick ? 1 : 2
  for (let n = 1; n <= count; n++) await cluster.create(...moveTarget(moves + n))
  return lineOf(bench, controller, hosts, {
    what: 'Ingress moved to a Service that nginx does not have',
    timesGoal: 2,
    count,
    pauseMs: windowMs,
    make: async () => {
      const [old, wanted] = [moveAddress(moves), moveAddress(++moves)]
      await cluster.replace(moved(moves))
      return untilOnly(() => whoAnswers({ port, host: movedHost }), old, wanted)
    },
  })
}

async function lineOf(
  bench: Bench,
  controller: Controller,
  hosts: number,
  { what, timesGoal, count, pauseMs = 0, make }: Change,
): Promise<Line> {
  const { version, path } = bench.newest
  const { ports, stateDir } = controller
  const times: number[] = []
  const tests: number[] = []
  const wrong: string[] = []
  for (let n = 0; n < count; n++) {
    await delay(pauseMs)
    const started = performance.now()
    const seen = await make()
    times.push(seen.newSince - started)
    wrong.push(...seen.wrong)
    tests.push(await testMs(path, { path: `${stateDir}/current/nginx.conf`, dir: '', ports }))
  }
  const floor = 2 * median(tests) + 100
  const goalMs = timesGoal * (1.1 * floor + 60)
  return {
    what,
    at: `${hostsText(hosts)} with TLS, kube-apiserver, nginx ${version}`,
    goal: `≤ ${timesGoal === 1 ? '' : `${timesGoal} × (`}1.1 × floor + 60 ms${timesGoal === 1 ? '' : ')'}, 0 error answers`,
    reached: `${figureText(times, 'ms')}, ${failedText(wrong)}`,
    floor: `2 × \`nginx -t\` + 0.1 s: ${figureText([floor], 'ms')}`,
    ratio: ratioText(median(times) / floor),
    isMet: median(times) <= goalMs && wrong.length === 0,
  }
}
