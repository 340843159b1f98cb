import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { cpus, loadavg, release, totalmem } from 'node:os'
import type { Bench, Line } from './measurement.ts'

/** The table, and the machine that it speaks of, as Markdown. */
export function report(lines: readonly Line[], bench: Bench, command: string): string {
  const rows = lines.map(({ what, at, goal, reached, floor, ratio, isMet }) => [
    what,
    at,
    goal,
    reached,
    floor,
    ratio,
    isMet === undefined ? '' : isMet ? 'yes' : '**no**',
  ])
  const head = ['what', 'at', 'goal', 'reached', 'floor', 'ratio', 'goal met']
  return [
    `\`${command}\` on ${new Date().toISOString().slice(0, 10)}: ${machine(bench)}`,
    '',
    row(head),
    row(head.map(() => '---')),
    ...rows.map(row),
    '',
  ].join('\n')
}

const page = new URL('../docs/performance.md', import.meta.url)
const lastRun = '## The last run\n'

/** Replaces what the page says of the run before. */
export async function writeReport(table: string): Promise<void> {
  const text = await readFile(page, 'utf8')
  const end = text.indexOf(lastRun)
  if (end === -1) throw new Error(`docs/performance.md has no "${lastRun.trim()}"`)
  await writeFile(page, `${text.slice(0, end)}${lastRun}\n${table}`)
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function machine({ nginxes }: Bench): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  const versions = nginxes.map(({ version }) => version).join(' and ')
  const load = loadavg()
    .map((one) => one.toFixed(1))
    .join(', ')
  return [
    `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${memory}`,
    `Linux ${release()}`,
    `nginx ${versions}`,
    `Node ${process.versions.node}`,
    `revision ${revision()}`,
    `load averages at the end ${load}`,
  ].join('; ')
}

function revision(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}
