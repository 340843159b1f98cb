import { child } from '../../src/nginx/child.ts'
import { ensureFallbackCertificate } from '../../src/nginx/fallback-certificate.ts'
import { program } from '../../src/nginx/program.ts'
import { publish } from '../../src/nginx/publish.ts'
import type { Bundle } from '../../src/render/bundle.ts'
import type { NginxProgram } from '../../test/support/nginx.ts'
import { quiet } from '../../test/support/quiet.ts'
import { until } from '../../test/support/until.ts'
import { hostsText } from '../figures.ts'
import type { Bench, Line, Measurement } from '../measurement.ts'
import { ask } from '../support/ask.ts'
import { keepAsking } from '../support/kept.ts'
import { newPlace } from '../support/nginx.ts'
import { bundleOf } from '../support/translation.ts'
import { hostOf, ingressOf, workload } from '../support/workload.ts'

const hosts = 1_000
const keptConnections = 32
const freshLoops = 4

interface Loss {
  readonly asked: number
  readonly lost: number
}

/** Requests that a reload costs, on connections of their own and on kept ones. */
export const connections: Measurement = {
  name: 'connections',
  async measure(bench) {
    const lines: Line[] = []
    for (const nginx of bench.nginxes) lines.push(await lineOf(bench, nginx))
    return lines
  },
}

async function lineOf(bench: Bench, nginx: NginxProgram): Promise<Line> {
  bench.say(`connections: nginx ${nginx.version}`)
  const reloads = bench.isQuick ? 4 : 10
  const { dir, place, ports } = await newPlace(bench, nginx.path)
  const objects = await workload(hosts, { hasTls: true })
  const bundles = ['1m', '2m'].map((size) => {
    const changed = ingressOf(1, { hasTls: true, annotations: { 'proxy-body-size': size } })
    return bundleOf([...objects, changed], place)
  })
  const asked = program(nginx.path)
  const instance = child({
    program: asked,
    stateDir: dir,
    statusPort: ports.status,
    log: quiet,
    drainMs: 5_000,
  })
  const stop = new AbortController()
  const over = new AbortController()
  const bring = async (bundle: Bundle | undefined): Promise<string> =>
    bundle === undefined ? '' : (await publish(bundle, dir, asked, instance)).kind
  await ensureFallbackCertificate(dir)
  await bring(bundles[1])
  const running = instance.start(stop.signal)
  try {
    const question = { port: ports.http, host: hostOf(0) }
    await until('nginx serves', async () => (await ask(question)) === '308')
    const fresh = Array.from({ length: freshLoops }, () => askFresh(question, over.signal))
    const kept = Array.from({ length: keptConnections }, () => keepAsking(question, over.signal))
    for (let i = 0; i < reloads; i++) {
      const outcome = await bring(bundles[i % 2])
      if (outcome !== 'published') throw new Error(`the bundle was ${outcome}`)
    }
    over.abort()
    const freshLoss = total(await Promise.all(fresh))
    const keptLoss = total(
      (await Promise.all(kept)).map(({ answered, broken }) => ({
        asked: answered + broken,
        lost: broken,
      })),
    )
    const isOld = !place.abilities.keepaliveMinTimeout
    return {
      what: 'connections lost per reload',
      at: `${reloads} reloads, ${hostsText(hosts)}, nginx ${nginx.version}`,
      goal: isOld ? '0 fresh' : '0 fresh, 0 kept (nginx ≥ 1.27.4)',
      reached: `${lossText(freshLoss, 'fresh')}; ${lossText(keptLoss, 'on kept ones')}`,
      floor: '',
      ratio: '',
      isMet: freshLoss.lost === 0 && (isOld || keptLoss.lost === 0),
    }
  } finally {
    over.abort()
    stop.abort()
    await running
  }
}

async function askFresh(question: Parameters<typeof ask>[0], signal: AbortSignal): Promise<Loss> {
  let asked = 0
  let lost = 0
  while (!signal.aborted) {
    asked++
    if ((await ask(question)) !== '308') lost++
  }
  return { asked, lost }
}

const total = (losses: readonly Loss[]): Loss => ({
  asked: losses.reduce((sum, { asked }) => sum + asked, 0),
  lost: losses.reduce((sum, { lost }) => sum + lost, 0),
})

const lossText = ({ asked, lost }: Loss, what: string): string =>
  `${lost} of ${asked.toLocaleString('en-US')} ${what}`
