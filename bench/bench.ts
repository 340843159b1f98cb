// Measures what Sluice promises, each figure against a floor of the same machine and run, and
// prints the table as Markdown. Progress goes to stderr.
//
//   node bench/bench.ts [--only=NAME[,NAME…]] [--quick]
//
// Everything listens and talks on loopback alone. Other work on the machine changes the absolute
// figures; the ratios much less.

import { mkdtemp } from 'node:fs/promises'
import { existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { nginxes } from '../test/support/nginx.ts'
import type { Bench, Line } from './measurement.ts'
import { memory } from './measurements/memory.ts'
import { nginxMemory } from './measurements/nginx-memory.ts'
import { nginxTest } from './measurements/nginx-test.ts'
import { proxyCpu } from './measurements/proxy-cpu.ts'
import { start } from './measurements/start.ts'
import { translate } from './measurements/translate.ts'
import { report } from './report.ts'

const measurements = [translate, nginxTest, start, memory, nginxMemory, proxyCpu]

const { values } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
})
const wanted = values.only?.split(',') ?? measurements.map(({ name }) => name)
const unknown = wanted.filter((name) => !measurements.some((one) => one.name === name))
if (unknown.length > 0) {
  const names = measurements.map(({ name }) => name).join(', ')
  process.stderr.write(`bench: --only=${unknown.join(',')}: expected some of ${names}\n`)
  process.exit(2)
}

// State directories are in memory, as the volume of the pod is.
const inMemory = '/dev/shm'
const scratch = await mkdtemp(join(existsSync(inMemory) ? inMemory : tmpdir(), 'sluice-bench-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
// What a measurement started is ended with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

const programs = await nginxes()
const newest = programs.at(-1)
if (newest === undefined) throw new Error('no nginx')
const bench: Bench = {
  isQuick: values.quick,
  nginxes: programs,
  newest,
  scratch,
  say: (text) => process.stderr.write(`${text}\n`),
}

const started = performance.now()
const lines: Line[] = []
for (const measurement of measurements)
  if (wanted.includes(measurement.name)) lines.push(...(await measurement.measure(bench)))

const command = [
  'npm run bench',
  ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : []),
]
process.stdout.write(report(lines, bench, command.join(' ')))
bench.say(`took ${Math.round((performance.now() - started) / 1000)} s`)
