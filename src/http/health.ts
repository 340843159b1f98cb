import { access } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { bad, ok } from './server.ts'
import type { Routes } from './server.ts'

/** What the health endpoints look at. */
export interface HealthSubject {
  readonly isStopping: boolean
  readonly isSynced: boolean
  /** nginx has said once that it serves a complete bundle. */
  readonly hasServed: boolean
  readonly isNginxRunning: boolean
}

export interface HealthSettings {
  /** `/healthz`, or what --health-check-path says. */
  readonly path: string
  readonly timeoutMs: number
  readonly statusPort: number
  readonly stateDir: string
}

/**
 * The endpoints that probes ask: the health path and `/readyz` speak of traffic, `/livez` of this
 * process alone, `/bundlez` of the disk: nginx may start as soon as it is good.
 */
export function healthRoutes(subject: HealthSubject, settings: HealthSettings): Routes {
  const { path, timeoutMs, statusPort, stateDir } = settings
  const healthz = async () => {
    if (subject.isStopping) return bad('stopping')
    if (!subject.isNginxRunning) return bad('nginx does not run')
    if (!subject.hasServed) return bad('nginx does not serve a complete configuration yet')
    return (await answers(statusPort, timeoutMs)) ? ok : bad('nginx does not answer')
  }
  const readyz = () => {
    if (subject.isStopping) return bad('stopping')
    if (!subject.isSynced) return bad('not everything was read yet')
    if (!subject.hasServed) return bad('nginx does not serve a complete configuration yet')
    return subject.isNginxRunning ? ok : bad('nginx does not run')
  }
  const bundlez = async () => {
    try {
      await access(join(stateDir, 'current', 'nginx.conf'))
      return ok
    } catch {
      return bad('no configuration yet')
    }
  }
  return {
    '/healthz': healthz,
    '/livez': () => ok,
    '/readyz': readyz,
    '/bundlez': bundlez,
    [path]: healthz,
  }
}

/** Whether nginx answers its own health check. */
function answers(port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      { host: '127.0.0.1', port, path: '/healthz', agent: false, timeout: timeoutMs },
      (response) => {
        response.resume()
        resolve(response.statusCode === 200)
      },
    )
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
  })
}
