import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../../test/support/until.ts'
import { figureText, hostsText } from '../figures.ts'
import type { Bench, Line, Measurement } from '../measurement.ts'
import { apiServer } from '../support/api-server.ts'
import { ask } from '../support/ask.ts'
import { startController } from '../support/controller.ts'
import type { Controller } from '../support/controller.ts'
import { hostOf, keyPairs, objectsOf, workload } from '../support/workload.ts'

const already = 100
const created = 1_000
/** About what one client of an API server creates. */
const perSecond = 500
export const goalMs = 1_500
export const mostReloads = 4

/** A thousand hosts appear while others are asked. */
export const burst: Measurement = {
  name: 'burst',
  async measure(bench) {
    bench.say(`burst: ${created} Ingresses`)
    const api = await apiServer(await workload(already, { hasTls: true }))
    const controller = await startController(bench, bench.newest.path, [
      `--apiserver-host=${api.url}`,
    ])
    const isOver = new AbortController()
    try {
      await controller.ready()
      const pairs = await keyPairs(already + created)
      const before = controller.published()
      const others = failures(controller, isOver.signal)

      const started = performance.now()
      for (let n = 0; n < created; n++) {
        const i = already + n
        api.apply(...objectsOf(i, { hasTls: true }, pairs.get(hostOf(i))))
        await delay(Math.max(0, started + (1_000 * (n + 1)) / perSecond - performance.now()))
      }
      const lastCreated = performance.now()
      const lastHost = already + created - 1
      await until('the last host is served', () => isServed(controller, lastHost), {
        timeoutMs: 60_000,
        everyMs: 2,
      })
      const ms = performance.now() - lastCreated
      let unserved = 0
      for (let i = already; i < lastHost; i++) if (!(await isServed(controller, i))) unserved++
      const reloads = controller.published() - before
      isOver.abort()
      return [lineOf(bench, ms, unserved, reloads, await others)]
    } finally {
      isOver.abort()
      await controller.stop()
      await api.close()
    }
  },
}

function lineOf(
  bench: Bench,
  ms: number,
  unserved: number,
  reloads: number,
  { asked, failed }: Others,
): Line {
  return {
    what: `${created.toLocaleString('en-US')} Ingresses created`,
    at: `${perSecond} a second, beside ${hostsText(already)}, nginx ${bench.newest.version}`,
    goal: `all served ≤ ${goalMs.toLocaleString('en-US')} ms after the last; ≤ ${mostReloads} reloads; 0 failed requests to others`,
    reached: `${figureText([ms], 'ms')}${unserved === 0 ? '' : `, ${unserved} others unserved then`}; ${reloads} reloads; ${failed} of ${asked.toLocaleString('en-US')} failed`,
    floor: '',
    ratio: '',
    isMet: ms <= goalMs && unserved === 0 && reloads <= mostReloads && failed === 0,
  }
}

const isServed = async ({ ports }: Controller, i: number): Promise<boolean> =>
  (await ask({ port: ports.http, host: hostOf(i) })) === '308'

interface Others {
  readonly asked: number
  readonly failed: number
}

async function failures(controller: Controller, signal: AbortSignal): Promise<Others> {
  let asked = 0
  let failed = 0
  while (!signal.aborted) {
    if (!(await isServed(controller, asked++ % already))) failed++
    await delay(2)
  }
  return { asked, failed }
}
