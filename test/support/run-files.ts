import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

export interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** `name: reason` of each skipped test. */
  readonly reasons: readonly string[]
}

export interface RunSettings {
  readonly files: readonly string[]
  /** Only tests whose name contains this. */
  readonly name?: string
  /** Passed on to each test file. */
  readonly flags: readonly string[]
  readonly timeoutMs: number
  /** One file at a time, for those that share a cluster. */
  readonly serial: boolean
  /** Ends the tests that run. */
  readonly signal: AbortSignal
}

/** Runs test files, each in a process of its own, and prints what they say as they say it. */
export async function runFiles(settings: RunSettings): Promise<Totals> {
  const reasons: string[] = []
  // which node:test counts as nothing
  let skippedSuites = 0
  let brokenSuites = 0
  let totals: Totals = { passed: 0, failed: 0, skipped: 0, reasons }
  const events = run({
    files: [...settings.files],
    argv: [...settings.flags],
    // Without --test-force-exit: what a file still had to say would be lost, failures among it. One that
    // leaves something running hangs, so that somebody sees it.
    execArgv: [`--import=${new URL('seed.ts', import.meta.url).href}`],
    concurrency: settings.serial ? 1 : Math.max(2, availableParallelism()),
    timeout: settings.timeoutMs,
    signal: settings.signal,
    ...(settings.name === undefined ? {} : { testNamePatterns: [settings.name] }),
  })
  events.on('test:pass', ({ name, skip, details }) => {
    if (skip === undefined) return
    reasons.push(skip === true ? name : `${name}: ${String(skip)}`)
    if (details.type === 'suite') skippedSuites++
  })
  events.on('test:fail', ({ details }) => {
    const { type, error } = details
    // one that throws, or a hook of it, and not one of its tests
    if (type === 'suite' && failureOf(error) !== 'subtestsFailed') brokenSuites++
  })
  events.on('test:summary', ({ file, counts }) => {
    if (file !== undefined) return // one file's own; the last is that of all
    const { tests, passed } = counts
    const notRun = counts.skipped + counts.todo
    const failed = tests - passed - notRun
    totals = { passed, failed, skipped: notRun + skippedSuites, reasons }
  })
  for await (const text of events.compose(new spec())) process.stdout.write(String(text))
  return { ...totals, failed: totals.failed + brokenSuites }
}

const failureOf = (error: Error): unknown =>
  'failureType' in error ? error.failureType : undefined
