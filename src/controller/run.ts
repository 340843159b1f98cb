import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ObjectSource } from '../cluster/source.ts'
import { listen } from '../http/server.ts'
import type { HttpServer } from '../http/server.ts'
import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'
import { generationOf } from '../nginx/generation.ts'
import type { Options } from '../options/flags.ts'
import { systemClock } from './clock.ts'
import { controller } from './controller.ts'
import type { Controller } from './controller.ts'
import { endedBy } from './failure.ts'
import { resolvConf } from './resolv-conf.ts'
import { routesOf } from './routes.ts'
import { endNginx, stopSignal } from './stop-signal.ts'

/** nginx may get its signal this much later: a preStop hook waits first. */
const signalLagMs = 10_000

/** Runs the controller until SIGTERM or SIGINT, then stops it without cutting a request. */
export async function run(options: Options, source: ObjectSource, log: Logger): Promise<number> {
  const isLocal = options.manifests !== undefined
  const mode = options['nginx-mode'] ?? (isLocal ? 'child' : 'sidecar')
  let running: Controller | undefined
  const insist = (): void => {
    if (mode === 'child') endNginx(running?.instance.master ?? null)
  }
  const stopping = stopSignal(log, { insist })
  surviveBugs(log)
  const hadBundle = existsSync(join(resolve(options['state-dir']), 'current'))

  const rate = options['sync-rate-limit'] ?? 0
  const stopLoop = new AbortController()
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined) // until somebody waits for it
  // While nginx is asked what it can do.
  const reading = source.start(stopLoop.signal)
  reading.catch(broken.reject)
  const starting = async (): Promise<readonly [Controller, HttpServer]> => {
    const made = await controller({
      options,
      source,
      mode,
      isLocal,
      nginx: options.nginx,
      resolvConf: resolvConf(),
      templateDir: options['template-dir'],
      leastGapMs: rate === 0 ? 0 : 1_000 / rate,
      log,
    })
    running = made
    const routes = routesOf(made, options, () => stopping.aborted, source)
    const place = { host: options['healthz-host'], port: options['healthz-port'] }
    return [made, await listen(routes, place, log)]
  }
  const [made, server] = await starting().catch(async (error: unknown) => {
    stopLoop.abort()
    await running?.close()
    throw error
  })
  log.info({ mode, port: server.port, stateDir: options['state-dir'] }, 'started')

  const stopNginx = new AbortController()
  const passes = made.start(stopLoop.signal)
  const nginx = made.startNginx(stopNginx.signal)
  const backend = refuseMissingBackend(options, source, hadBundle)
  for (const part of [passes, nginx, backend]) part.catch(broken.reject)

  let code = 0
  try {
    await Promise.race([aborted(stopping), broken.promise])
    await pause(options['shutdown-grace-period'])
  } catch (error) {
    code = endedBy(error, log)
  }
  stopLoop.abort()
  await Promise.allSettled([reading, passes])
  const isGone = mode === 'child' || code !== 0 || (await untilGone(made, options['status-port']))
  stopNginx.abort()
  await nginx.catch(() => undefined)

  if (code === 0 && isGone)
    await pause(options['post-shutdown-grace-period'] ?? (mode === 'child' ? 0 : 10))
  await server.close()
  await made.close()
  log.info({ code }, 'stopped')
  return code
}

/**
 * As in ingress-nginx a default backend that does not exist ends the program at its start. Not where
 * nginx serves already: a restart of the controller must not take a working pod down.
 */
async function refuseMissingBackend(
  options: Options,
  source: ObjectSource,
  hadBundle: boolean,
): Promise<void> {
  const key = options['default-backend-service']
  await source.synced
  if (key !== undefined && !hadBundle && !source.snapshot().services.has(key))
    throw new Error(`--default-backend-service: Service ${key} does not exist`)
}

/**
 * In a pod nginx gets its own signal, before the controller or with it, and the kubelet bounds how
 * long it drains. False if it goes on serving: then the controller alone is being restarted.
 */
async function untilGone({ instance }: Controller, statusPort: number): Promise<boolean> {
  const deadline = performance.now() + signalLagMs
  const never = new AbortController().signal
  while (instance.master !== null) {
    if (performance.now() > deadline && (await generationOf(statusPort)) !== undefined) return false
    await systemClock.sleep(200, never)
  }
  return true
}

const pause = (seconds: number): Promise<void> =>
  systemClock.sleep(seconds * 1_000, new AbortController().signal)

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((found) => {
    if (signal.aborted) found()
    else signal.addEventListener('abort', () => found(), { once: true })
  })

/** What nobody waited for failed: that is a bug of ours, and no reason to stop watching the cluster. */
function surviveBugs(log: Logger): void {
  const report = (error: unknown): void =>
    log.error(
      { error: errorText(error), stack: error instanceof Error ? error.stack : undefined },
      'met a bug',
    )
  process.on('uncaughtException', report)
  process.on('unhandledRejection', report)
}
