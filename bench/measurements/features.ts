import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { figureText, hostsText, mean, median, ratioText } from '../figures.ts'
import type { Bench, Line, Measurement } from '../measurement.ts'
import type { TranslateTimes } from '../support/translate-once.ts'
import { hostOf, workload } from '../support/workload.ts'

const program = fileURLToPath(new URL('../support/translate-once.ts', import.meta.url))
const goal = 1.3

/** Of each host another origin, so that no map is shared; a zone each; and a directive of the server. */
const features = (i: number): Readonly<Record<string, string>> => ({
  'enable-cors': 'true',
  'cors-allow-origin': `https://${hostOf(i)}`,
  'limit-rps': '100',
  'app-root': '/app',
})

/**
 * From what an API server sends to a Bundle, for hosts with three features each against the same hosts
 * without, in turn: processor time. That of one change is the mean of a dozen, for its clock is a coarse one.
 */
export const withFeatures: Measurement = {
  name: 'features',
  async measure(bench) {
    const lines: Line[] = []
    for (const hosts of bench.isQuick ? [1_000] : [1_000, 5_000])
      lines.push(...(await linesOf(bench, hosts)))
    return lines
  },
}

async function linesOf(bench: Bench, hosts: number): Promise<Line[]> {
  bench.say(`features: ${hostsText(hosts)}`)
  const [bare, full] = [join(bench.scratch, 'bare.json'), join(bench.scratch, 'full.json')]
  await writeFile(bare, JSON.stringify(await workload(hosts, { hasTls: false })))
  await writeFile(
    full,
    JSON.stringify(await workload(hosts, { hasTls: false, annotations: features })),
  )
  const samples: { readonly without: TranslateTimes; readonly having: TranslateTimes }[] = []
  for (let i = 0; i < 5; i++)
    samples.push({ without: await timesOf(bare), having: await timesOf(full) })
  const line = (work: string, of: (times: TranslateTimes) => readonly number[]): Line => {
    const [without, having] = [
      samples.flatMap((sample) => of(sample.without)),
      samples.flatMap((sample) => of(sample.having)),
    ]
    const ratio = median(having) / median(without)
    return {
      what: 'read, translate and render, three features each',
      at: `${hostsText(hosts)}, ${work}`,
      goal: `≤ ${goal} of the same without`,
      reached: figureText(having, 'ms'),
      floor: `without: ${figureText(without, 'ms')}`,
      ratio: ratioText(ratio),
      isMet: ratio <= goal,
    }
  }
  return [
    line('cold', ({ jsonMs, decodeMs, coldMs }) => [jsonMs + decodeMs + coldMs]),
    line('an Ingress changed', ({ ingressChangedMs }) => [mean(ingressChangedMs)]),
  ]
}

async function timesOf(path: string): Promise<TranslateTimes> {
  const { stdout } = await execa(process.execPath, [program, path])
  return JSON.parse(stdout) as TranslateTimes
}
