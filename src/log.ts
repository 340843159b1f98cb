import { pino } from 'pino'
import type { Logger as PinoLogger } from 'pino'

/** JSON lines on stderr: a constant message in the past tense, then fields. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>

/** `verbosity` is ingress-nginx's `--v`: 2 and above shows debug lines. */
export function createLogger(verbosity: number): Logger {
  return pino(
    {
      level: verbosity >= 2 ? 'debug' : 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  )
}

/** The one function that turns an error into text: its message and those of its causes. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${errorText(error.cause)}`
}
