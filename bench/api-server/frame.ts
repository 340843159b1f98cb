import { errorText } from '../../src/log.ts'
import { figureText, hostsText, rounded } from '../figures.ts'
import type { Bench, Line } from '../measurement.ts'
import { behindIngresses } from './cluster.ts'
import type { Cluster } from './cluster.ts'

/** The Bench of a program that is told `SCRATCH VERSION NGINX [quick]`. */
export function benchOf([scratch = '', version = '', path = '', mode]: readonly string[]): Bench {
  const newest = { version, path }
  return {
    isQuick: mode === 'quick',
    nginxes: [newest],
    newest,
    scratch,
    say: (text) => void process.stderr.write(`${text}\n`),
  }
}

export async function grow(
  bench: Bench,
  cluster: Cluster,
  from: number,
  to: number,
): Promise<void> {
  const started = performance.now()
  await cluster.createHosts(from, to, [...behindIngresses, 'Ingress'])
  const ms = performance.now() - started
  const each = figureText([(1_000 * (to - from)) / ms], '')
  bench.say(`api-server: ${hostsText(to - from)} created in ${rounded(ms)} ms, ${each} a second`)
}

/** Prints lines as JSON, for the program that prints the table. */
export function tell(...lines: readonly Line[]): void {
  for (const line of lines) process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** What fails costs its own lines alone. */
export async function guarded(what: string, measured: () => Promise<void>): Promise<void> {
  try {
    await measured()
  } catch (error) {
    const reached = `failed: ${errorText(error)}`.replaceAll(/[\n|]/g, ' ')
    tell({ what, at: '', goal: '', reached, floor: '', ratio: '', isMet: false })
  }
}
