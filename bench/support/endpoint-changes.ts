// Changes endpoints one after the other and prints, as JSON, what clients saw of it:
//
//   node bench/support/endpoint-changes.ts HOSTS CHANGES NGINX
//
// For a network of its own in which 10.77.0.0/16 is local: endpoints have addresses there.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, createServer, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { apiServer } from './api-server.ts'
import { startController } from './controller.ts'
import { nginxTree, pssMiB } from './processes.ts'
import { hostOf, objectsOf, workload } from './workload.ts'
import type { Raw } from './workload.ts'

export interface EndpointChanges {
  /** From the watch event to the first of only new answers. */
  readonly ms: readonly number[]
  readonly reloads: number
  readonly asked: number
  /** What was answered beside 200, on all connections. */
  readonly failed: readonly string[]
  readonly moreMiB: number
}

const newInARow = 6
const loadConnections = 8
const pauseMs = 20

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [hosts, changes, nginx = 'nginx'] = process.argv.slice(2)
  process.stdout.write(JSON.stringify(await measured(Number(hosts), Number(changes), nginx)))
}

async function measured(hosts: number, count: number, nginx: string): Promise<EndpointChanges> {
  const [port, ...addresses] = [8080, '10.77.0.1', '10.77.0.2', '10.77.0.3'] as const
  const backends = addresses.map((address) => {
    const backend = createServer((_, response) => response.end(address))
    // A connection that the backend closes just as it is used again is no fault of the proxy.
    backend.keepAliveTimeout = 0
    return backend.listen(port, address)
  })
  await Promise.all(backends.map((backend) => once(backend, 'listening')))
  const objects = await workload(hosts, {
    hasTls: false,
    endpoint: { address: addresses[0], port },
  })
  const api = await apiServer(objects)
  const scratch = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  const place = { isQuick: false, nginxes: [], newest: { version: '', path: nginx }, scratch, say }
  const controller = await startController(place, nginx, [`--apiserver-host=${api.url}`])
  const agent = new Agent({ keepAlive: true })
  const over = new AbortController()
  const ms: number[] = []
  const failed: string[] = []
  let asked = 0
  try {
    await controller.ready()
    const ask = async (i: number): Promise<string> => {
      const { http } = controller.ports
      const host = hostOf(i)
      const sent = request({ host: '127.0.0.1', port: http, headers: { host }, agent }).end()
      asked++
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      let body = ''
      for await (const chunk of answer) body += String(chunk)
      if (answer.statusCode !== 200) failed.push(`${answer.statusCode}`)
      return body
    }
    const load = Array.from({ length: loadConnections }, async () => {
      while (!over.signal.aborted) {
        await ask(Math.floor(Math.random() * hosts)).catch((error: unknown) =>
          failed.push(String(error)),
        )
        await delay(pauseMs)
      }
    })
    await delay(6_000) // every name is asked for again by then, and held
    const published = controller.published()
    const before = memoryOf(controller.stateDir)
    for (let n = 0; n < count; n++) {
      const i = (n * 7) % hosts
      const wanted = addresses[1 + (Math.floor((n * 7) / hosts) % 2)] ?? ''
      const started = performance.now()
      api.apply(sliceOf(i, wanted, port))
      let since = 0
      for (let row = 0; row < newInARow;) {
        if ((await ask(i)) !== wanted) row = 0
        else if (row++ === 0) since = performance.now()
      }
      ms.push(since - started)
    }
    over.abort()
    await Promise.all(load)
    const after = memoryOf(controller.stateDir)
    return {
      ms,
      reloads: controller.published() - published,
      asked,
      failed,
      moreMiB: after - before,
    }
  } finally {
    over.abort()
    agent.destroy()
    await controller.stop()
    await api.close()
    for (const backend of backends) backend.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

function memoryOf(stateDir: string): number {
  return pssMiB(nginxTree(Number(readFileSync(join(stateDir, 'nginx.pid'), 'utf8'))))
}

function sliceOf(i: number, address: string, port: number): Raw {
  const slice = objectsOf(i, { hasTls: false, endpoint: { address, port } }, undefined)[1]
  if (slice === undefined) throw new Error('a host has no EndpointSlice')
  return slice
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
