import { resolve } from 'node:path'
import type { ObjectSource } from '../cluster/source.ts'
import { healthRoutes } from '../http/health.ts'
import type { Routes } from '../http/server.ts'
import { createMetrics } from '../metrics.ts'
import type { Options } from '../options/flags.ts'
import type { Controller } from './controller.ts'

/** What is answered on --healthz-port. */
export function routesOf(
  made: Controller,
  options: Options,
  isStopping: () => boolean,
  source: ObjectSource,
): Routes {
  const metrics = createMetrics({
    namespace: process.env['POD_NAMESPACE'] ?? '',
    pod: process.env['POD_NAME'] ?? '',
    controllerClass: options['controller-class'],
  })
  made.loop.onPass((pass) => metrics.observe(pass))
  made.loop.onConfirmed((digest) => metrics.confirmed(digest))
  if (made.asked !== undefined) metrics.asked(made.asked)
  const subject = {
    get isStopping() {
      return isStopping()
    },
    get isSynced() {
      return source.isSynced
    },
    get hasServed() {
      return made.hasServed
    },
    get isNginxRunning() {
      return made.instance.master !== null
    },
  }
  return {
    ...healthRoutes(subject, {
      path: options['health-check-path'],
      timeoutMs: options['health-check-timeout'] * 1_000,
      statusPort: options['status-port'],
      stateDir: resolve(options['state-dir']),
    }),
    '/metrics': async () => ({
      status: 200,
      body: await metrics.text(),
      type: metrics.contentType,
    }),
  }
}
