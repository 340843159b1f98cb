// Runs one tier of the tests and prints its totals.
//
//   node test/run.ts [PATH…]            everything but the two tiers below
//   node test/run.ts cluster [PATH…]    test/cluster, in the network of a real API server
//   node test/run.ts node [PATH…]       test/node, in the network of a real Kubernetes node
//
// PATH narrows it to files or folders, `--name=TEXT` to tests of that name; any other flag, such
// as `--update`, reaches the test files. What this machine cannot run is counted as skipped, with
// the reason.

import { execa } from 'execa'
import { glob } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bringUp } from './support/environment.ts'
import { runFiles } from './support/run-files.ts'
import type { Totals } from './support/run-files.ts'

type Tier = 'test' | 'cluster' | 'node'

const root = fileURLToPath(new URL('..', import.meta.url))
const insideFlag = '--inside'

const args = process.argv.slice(2)
// The first interruption ends the tests; what was brought up for them is taken down all the same.
const interruption = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interruption.abort())

const tier = tierOf(args[0])
const rest = tier === 'test' ? args : args.slice(1)

if (tier === 'test' || rest.includes(insideFlag)) {
  report(
    await runTier(
      tier,
      rest.filter((arg) => arg !== insideFlag),
    ),
  )
} else {
  process.exitCode = await runInEnvironment(tier, rest)
}

function tierOf(first: string | undefined): Tier {
  return first === 'cluster' || first === 'node' ? first : 'test'
}

async function runTier(tier: Tier, rest: readonly string[]): Promise<Totals> {
  const nameFlag = '--name='
  const name = rest.find((arg) => arg.startsWith(nameFlag))?.slice(nameFlag.length)
  return runFiles({
    files: await filesOf(
      tier,
      rest.filter((arg) => !arg.startsWith('-')),
    ),
    ...(name === undefined ? {} : { name }),
    flags: rest.filter((arg) => arg.startsWith('-') && !arg.startsWith(nameFlag)),
    timeoutMs: tier === 'test' ? 300_000 : 900_000,
    serial: tier !== 'test',
    signal: interruption.signal,
  })
}

/** The tier's test files in text order, at or below one of `paths` if there are any. */
async function filesOf(tier: Tier, paths: readonly string[]): Promise<string[]> {
  const files: string[] = []
  for await (const file of glob('test/**/*.test.ts', { cwd: root })) {
    const folder = file.split(sep)[1]
    const itsTier = folder === 'cluster' || folder === 'node' ? folder : 'test'
    if (itsTier === tier && paths.length === 0) files.push(join(root, file))
    else if (itsTier === tier && paths.some((path) => isBelow(join(root, file), resolve(path)))) {
      files.push(join(root, file))
    }
  }
  return files.sort()
}

function isBelow(file: string, path: string): boolean {
  const way = relative(path, file)
  return way === '' || !way.startsWith('..')
}

/** Runs this program again where the cluster can be reached; resolves to its exit code. */
async function runInEnvironment(
  tier: 'cluster' | 'node',
  rest: readonly string[],
): Promise<number> {
  const environment = await bringUp(tier)
  if (typeof environment === 'string') {
    if (interruption.signal.aborted) return 1
    report({ passed: 0, failed: 0, skipped: 1, reasons: [`test/${tier}: ${environment}`] })
    return 0
  }
  try {
    if (interruption.signal.aborted) return 1
    const command = [process.execPath, fileURLToPath(import.meta.url), tier, insideFlag, ...rest]
    const [file = process.execPath, ...args] = [...environment.prefix, ...command]
    const { exitCode } = await execa(file, args, {
      env: environment.env,
      stdio: 'inherit',
      reject: false,
      cancelSignal: interruption.signal,
      forceKillAfterDelay: 20_000,
    })
    return exitCode ?? 1
  } finally {
    await environment.takeDown()
  }
}

/** The last lines: why something was skipped, and the totals. */
function report({ passed, failed, skipped, reasons }: Totals): void {
  for (const reason of reasons) console.log(`skipped: ${reason}`)
  const totals = `${passed} passed, ${failed} failed, ${skipped} skipped`
  console.log(totals)
  if (failed > 0 || passed + skipped === 0) process.exitCode = 1
}
