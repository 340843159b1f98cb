// Changes endpoints one after the other and prints, as JSON, what clients saw of it:
//
//   node bench/support/endpoint-changes.ts HOSTS CHANGES NGINX
//
// For a network of its own, see network.ts.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { podAddress } from './network.ts'
import { podPort, startPod } from './pods.ts'
import { pssMiB } from './processes.ts'
import { whileRunning } from './running.ts'
import { hostOf, sliceOf, workload } from './workload.ts'

export type EndpointChanges = z.infer<typeof endpointChangesSchema>

export const endpointChangesSchema = z.object({
  /** From the watch event to the first of only new answers. */
  ms: z.array(z.number()),
  reloads: z.number(),
  asked: z.number(),
  /** What was answered beside 200, on all connections. */
  failed: z.array(z.string()),
  moreMiB: z.number(),
})

const newInARow = 6
const loadConnections = 8
const pauseMs = 20

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [hosts, changes, nginx = 'nginx'] = process.argv.slice(2)
  process.stdout.write(JSON.stringify(await measured(Number(hosts), Number(changes), nginx)))
}

async function measured(hosts: number, count: number, nginx: string): Promise<EndpointChanges> {
  const addresses = [podAddress(0), podAddress(1), podAddress(2)] as const
  const pods = await Promise.all(addresses.map(startPod))
  const endpoint = { address: addresses[0], port: podPort }
  const objects = await workload(hosts, { hasTls: false, endpoint })
  const agent = new Agent({ keepAlive: true })
  const over = new AbortController()
  const ms: number[] = []
  const failed: string[] = []
  let asked = 0
  try {
    return await whileRunning(nginx, objects, async (running) => {
      const { api, controller } = running
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
      const published = controller.published()
      const before = pssMiB(running.nginx())
      for (let n = 0; n < count; n++) {
        const i = (n * 7) % hosts
        const wanted = addresses[1 + (Math.floor((n * 7) / hosts) % 2)] ?? ''
        const started = performance.now()
        api.apply(sliceOf(i, { addresses: [wanted], port: podPort }))
        let since = 0
        for (let row = 0; row < newInARow;) {
          if ((await ask(i)) !== wanted) row = 0
          else if (row++ === 0) since = performance.now()
        }
        ms.push(since - started)
      }
      over.abort()
      await Promise.all(load)
      const moreMiB = pssMiB(running.nginx()) - before
      if (failed.length > 0) say(`failed, and nginx says:\n${errorsIn(controller.stateDir)}`)
      return { ms, reloads: controller.published() - published, asked, failed, moreMiB }
    })
  } finally {
    over.abort()
    agent.destroy()
    for (const pod of pods) pod.close()
  }
}

function errorsIn(stateDir: string): string {
  return readFileSync(join(stateDir, 'error.log'), 'utf8')
    .split('\n')
    .filter((line) => /\[(?:error|crit|alert)\]/.test(line))
    .slice(-20)
    .join('\n')
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
