import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'

/** What JavaScript itself throws at a program that is wrong. A refusal of the world is a plain Error, or has a cause. */
export const isBug = (error: unknown): boolean =>
  (error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError) &&
  error.cause === undefined

/** Logs what ended the program and returns its exit code: 1 for what the world refused, 70 for a bug. */
export function endedBy(error: unknown, log: Logger): 1 | 70 {
  if (isBug(error)) {
    log.error({ error: errorText(error), stack: (error as Error).stack }, 'met a bug')
    return 70
  }
  log.error({ error: errorText(error) }, 'failed')
  return 1
}
