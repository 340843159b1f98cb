import { commandOf } from './cli/commands.ts'
import { UsageError } from './options/parse.ts'

// `sluice render | head` is no reason to fail.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

try {
  const { run, args } = commandOf(process.argv.slice(2))
  process.exitCode = await run(args)
} catch (error) {
  if (error instanceof UsageError) {
    for (const problem of error.problems) process.stderr.write(`sluice: ${problem}\n`)
    process.exitCode = 2
  } else {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.stderr.write(`sluice: this is a bug in Sluice: ${text}\n`)
    process.exitCode = 70
  }
}
