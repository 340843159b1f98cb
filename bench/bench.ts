// Measures what Sluice promises, each figure against a floor of the same machine and run, and
// prints the table as Markdown. Progress goes to stderr.
//
//   node bench/bench.ts [--only=NAME[,NAME…]] [--quick] [--write]
//
// --write puts the table into docs/performance.md, instead of the one of the run before.
// Everything is asked on loopback alone. Other work on the machine changes the absolute figures;
// the ratios much less.

import { existsSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { errorText } from '../src/log.ts'
import { nginxes } from '../test/support/nginx.ts'
import type { Bench, Line, Measurement } from './measurement.ts'
import { throughApiServer } from './measurements/api-server.ts'
import { burst } from './measurements/burst.ts'
import { change } from './measurements/change.ts'
import { connections } from './measurements/connections.ts'
import { withFeatures } from './measurements/features.ts'
import { endpoints } from './measurements/endpoints.ts'
import { loneEndpoints } from './measurements/lone-endpoints.ts'
import { memory } from './measurements/memory.ts'
import { nginxMemory } from './measurements/nginx-memory.ts'
import { nginxTest } from './measurements/nginx-test.ts'
import { proxyCpu } from './measurements/proxy-cpu.ts'
import { renewal } from './measurements/renewal.ts'
import { rollouts } from './measurements/rollouts.ts'
import { start } from './measurements/start.ts'
import { translate } from './measurements/translate.ts'
import { writing } from './measurements/writing.ts'
import { zero } from './measurements/zero.ts'
import { report, writeReport } from './report.ts'

const measurements: readonly Measurement[] = [
  endpoints,
  change,
  burst,
  start,
  throughApiServer,
  loneEndpoints,
  rollouts,
  zero,
  proxyCpu,
  nginxTest,
  writing,
  connections,
  renewal,
  translate,
  withFeatures,
  memory,
  nginxMemory,
]

const { wanted, isQuick, isWritten } = choice()
const bench = await prepared()
const started = performance.now()
const lines: Line[] = []
for (const measurement of wanted) lines.push(...(await linesOf(measurement)))
const flags = process.argv.slice(2)
const command = ['npm run bench', ...(flags.length > 0 ? ['--', ...flags] : [])].join(' ')
const table = report(lines, bench, command)
process.stdout.write(table)
if (isWritten) await writeReport(table)
bench.say(`took ${Math.round((performance.now() - started) / 1_000)} s`)

interface Choice {
  readonly wanted: readonly Measurement[]
  readonly isQuick: boolean
  readonly isWritten: boolean
}

function choice(): Choice {
  try {
    const off = { type: 'boolean', default: false } as const
    const { values } = parseArgs({ options: { only: { type: 'string' }, quick: off, write: off } })
    const wanted = values.only?.split(',').map((name) => {
      const found = measurements.find((measurement) => measurement.name === name)
      if (found !== undefined) return found
      const known = measurements.map((measurement) => measurement.name).join(', ')
      throw new Error(`--only=${name}: expected some of ${known}`)
    })
    return { wanted: wanted ?? measurements, isQuick: values.quick, isWritten: values.write }
  } catch (error) {
    process.stderr.write(`bench: ${errorText(error)}\n`)
    return process.exit(2)
  }
}

/** One that fails costs its own rows alone. */
async function linesOf({ name, measure }: Measurement): Promise<readonly Line[]> {
  try {
    return await measure(bench)
  } catch (error) {
    process.exitCode = 1
    const reached = `failed: ${errorText(error)}`.replaceAll(/[\n|]/g, ' ')
    return [{ what: name, at: '', goal: '', reached, floor: '', ratio: '', isMet: false }]
  }
}

async function prepared(): Promise<Bench> {
  const programs = await nginxes()
  const newest = programs.at(-1)
  if (newest === undefined) throw new Error('there is no nginx')
  // State directories are in memory, as the volume of the pod is.
  const inMemory = '/dev/shm'
  const scratch = await mkdtemp(join(existsSync(inMemory) ? inMemory : tmpdir(), 'sluice-bench-'))
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
  // What a measurement has started is ended with this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
  return { isQuick, nginxes: programs, newest, scratch, say }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
