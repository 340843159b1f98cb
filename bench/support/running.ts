import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { apiServer } from './api-server.ts'
import type { ApiServer } from './api-server.ts'
import { startController } from './controller.ts'
import type { Controller } from './controller.ts'
import { nginxTree } from './processes.ts'
import type { Raw } from './workload.ts'

export interface Running {
  readonly api: ApiServer
  readonly controller: Controller
  /** Master and workers, those that drain among them. */
  nginx(): readonly number[]
}

/** Every name is asked for again by then, and held; and the lists of new upstreams are gone. */
const settleMs = 6_000

/** What `use` makes of a controller that serves `objects` and changes endpoints without a reload. */
export async function whileRunning<T>(
  nginx: string,
  objects: readonly Raw[],
  use: (running: Running) => Promise<T>,
): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  const place = { isQuick: false, nginxes: [], newest: { version: '', path: nginx }, scratch, say }
  const api = await apiServer(objects)
  const source = [`--apiserver-host=${api.url}`, '--endpoint-updates=resolve']
  const controller = await startController(place, nginx, source)
  try {
    await controller.ready()
    await delay(settleMs)
    const master = Number(readFileSync(join(controller.stateDir, 'nginx.pid'), 'utf8'))
    return await use({ api, controller, nginx: () => nginxTree(master) })
  } finally {
    await controller.stop()
    await api.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
