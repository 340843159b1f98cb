import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { figureText, median, ratioText } from '../figures.ts'
import type { Line, Measurement } from '../measurement.ts'
import type { TranslateTimes } from '../support/translate-once.ts'
import { workload } from '../support/workload.ts'

const program = fileURLToPath(new URL('../support/translate-once.ts', import.meta.url))

/** Snapshot to Bundle, in a fresh process, from objects that are decoded already: processor time. */
export const translate: Measurement = {
  name: 'translate',
  async measure(bench) {
    const lines: Line[] = []
    for (const hosts of [1_000, 10_000]) {
      for (const hasTls of [false, true]) {
        if (hasTls && hosts > 1_000 && bench.isQuick) continue
        const at = `${hosts.toLocaleString('en-US')} Ingresses, ${hasTls ? 'a certificate each' : 'no TLS'}`
        bench.say(`translate: ${at}`)
        const path = join(bench.scratch, 'objects.json')
        await writeFile(path, JSON.stringify(await workload(hosts, { hasTls })))
        const samples: TranslateTimes[] = []
        for (let i = 0; i < (bench.isQuick ? 2 : 3); i++) {
          const { stdout } = await execa(process.execPath, [program, path])
          samples.push(JSON.parse(stdout) as TranslateTimes)
        }
        lines.push(...linesOf(samples, hosts, at))
      }
    }
    return lines
  },
}

function linesOf(samples: readonly TranslateTimes[], hosts: number, at: string): Line[] {
  const json = samples.map(({ jsonMs }) => jsonMs)
  const line = (work: string, times: readonly number[], goalMs: number): Line => ({
    what: 'translate + render, processor time',
    at: `${at}, ${work}`,
    goal: hosts === 10_000 ? `≤ ${goalMs.toLocaleString('en-US')} ms` : '',
    reached: figureText(times, 'ms'),
    floor: `JSON.parse of them: ${figureText(json, 'ms')}`,
    ratio: ratioText(median(times) / median(json)),
    isMet: hosts === 10_000 ? median(times) <= goalMs : undefined,
  })
  return [
    line(
      'cold',
      samples.map(({ coldMs }) => coldMs),
      1_500,
    ),
    line(
      'an Ingress changed',
      samples.flatMap(({ ingressChangedMs }) => ingressChangedMs),
      50,
    ),
    line(
      'endpoints changed',
      samples.flatMap(({ endpointsChangedMs }) => endpointsChangedMs),
      50,
    ),
  ]
}
