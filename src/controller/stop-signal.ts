import type { Logger } from '../log.ts'

/** npm hands on the SIGINT that its whole group gets, so one Ctrl-C may come twice. */
const samePressMs = 500

export interface StopSettings {
  /** Signals that stop the program beside SIGTERM and SIGINT. */
  readonly more?: readonly NodeJS.Signals[]
  /** Called before the program ends because somebody insists. */
  readonly insist: () => void
}

/** Aborted by the first signal to stop. A second Ctrl-C ends the program at once. */
export function stopSignal(log: Logger, { more = [], insist }: StopSettings): AbortSignal {
  const stop = new AbortController()
  let since = 0
  const onSignal = (name: NodeJS.Signals): void => {
    if (!stop.signal.aborted) {
      log.info({ signal: name }, 'stopping')
      since = performance.now()
      stop.abort()
    } else if (name === 'SIGINT' && performance.now() - since > samePressMs) {
      insist()
      process.exit(130)
    }
  }
  for (const name of ['SIGTERM', 'SIGINT', ...more] as const) process.on(name, onSignal)
  // A stray number in a pid file must not end the controller.
  if (!more.includes('SIGHUP')) process.on('SIGHUP', () => undefined)
  return stop.signal
}

/** Ends an nginx of ours without waiting for its requests. */
export function endNginx(master: { readonly pid: number } | null): void {
  try {
    if (master !== null) process.kill(master.pid, 'SIGTERM')
  } catch {
    // It is gone already.
  }
}
