import { setTimeout as delay } from 'node:timers/promises'
import { figureText, hostsText, median, ratioText } from '../figures.ts'
import type { Bench, Line } from '../measurement.ts'
import { freeReloads } from '../measurements/change.ts'
import { ask } from '../support/ask.ts'
import type { Controller } from '../support/controller.ts'
import { testMs } from '../support/nginx.ts'
import { untilOnlyNew } from '../support/until-new.ts'
import type { Seen } from '../support/until-new.ts'
import { failedText, whoAnswers } from './answers.ts'
import type { Cluster } from './cluster.ts'
import { moveAddress, moved, movedHost, moveTarget, probe, probeHost } from './hosts.ts'

/** Of an Ingress: from sending it to the API server until fresh connections get new answers only. */
interface Change {
  readonly what: string
  /** How much more than the goal of a single reload it may take. */
  readonly timesGoal: number
  readonly make: (n: number) => Promise<Seen>
}

/** How often Ingresses were moved by now: no Service is moved to twice. */
let moves = 0

export async function ingressChanges(
  bench: Bench,
  cluster: Cluster,
  controller: Controller,
  hosts: number,
): Promise<Line[]> {
  const { http: port } = controller.ports
  const change: Change = {
    what: 'Ingress change → only new answers',
    timesGoal: 1,
    make: async (n) => {
      const [old, wanted] = n % 2 === 0 ? ['404', '200'] : ['200', '404']
      await cluster.replace(probe(n % 2 === 0))
      return untilOnlyNew({ port, host: probeHost, path: '/probe' }, old, wanted, ask)
    },
  }
  const move: Change = {
    what: 'Ingress moved to a Service that nginx does not have',
    timesGoal: 2,
    make: async () => {
      const [old, wanted] = [moveAddress(moves), moveAddress(++moves)]
      await cluster.replace(moved(moves))
      return untilOnlyNew({ port, host: movedHost }, old, wanted, whoAnswers)
    },
  }
  const lines: Line[] = []
  const count = hosts > 1_000 ? 2 : 4 // an even number leaves the probe as it was
  for (let n = 1; n <= count; n++) await cluster.create(...moveTarget(moves + n))
  for (const one of [change, move]) lines.push(await lineOf(bench, controller, hosts, one, count))
  return lines
}

async function lineOf(
  bench: Bench,
  controller: Controller,
  hosts: number,
  { what, timesGoal, make }: Change,
  count: number,
): Promise<Line> {
  const { version, path } = bench.newest
  const { ports, stateDir } = controller
  const times: number[] = []
  const tests: number[] = []
  const wrong: string[] = []
  for (let n = 0; n < count; n++) {
    const started = performance.now()
    const seen = await make(n)
    times.push(seen.newSince - started)
    wrong.push(...seen.wrong)
    tests.push(await testMs(path, { path: `${stateDir}/current/nginx.conf`, dir: '', ports }))
    // Reloads that crowd are spaced by what they cost; these are to be single ones.
    await delay(Math.max(1, n + 2 - freeReloads) * (seen.newSince - started))
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
