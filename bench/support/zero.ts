// Scales Services to zero and back, one after the other, and prints, as JSON, what a client saw of it:
//
//   node bench/support/zero.ts HOSTS COUNT NGINX
//
// For a network of its own, see network.ts.

import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { ask } from './ask.ts'
import { podAddress } from './network.ts'
import { podPort, startPod } from './pods.ts'
import { whileRunning } from './running.ts'
import { untilOnlyNew } from './until-new.ts'
import { hostOf, sliceOf, workload } from './workload.ts'

export const zeroSchema = z.object({
  /** How long an answer takes, while there are no endpoints. */
  answerMs: z.array(z.number()).readonly(),
  /** From the event to only 503, and back to only 200. */
  emptyMs: z.array(z.number()).readonly(),
  backMs: z.array(z.number()).readonly(),
  /** What was answered beside 200 and 503. */
  wrong: z.array(z.string()).readonly(),
  reloads: z.number(),
})

const service = 7
/** A change is not told in the second after one before it. */
const pauseMs = 1_200
const fewAnswers = 10

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [hosts, count, nginx = 'nginx'] = process.argv.slice(2)
  process.stdout.write(JSON.stringify(await scaled(Number(hosts), Number(count), nginx)))
}

async function scaled(
  hosts: number,
  count: number,
  nginx: string,
): Promise<z.infer<typeof zeroSchema>> {
  const pod = await startPod(podAddress(0))
  const some = [pod.address]
  const objects = await workload(hosts, {
    hasTls: false,
    endpoint: { address: pod.address, port: podPort },
  })
  const answerMs: number[] = []
  const emptyMs: number[] = []
  const backMs: number[] = []
  const wrong: string[] = []
  try {
    return await whileRunning(nginx, objects, async ({ api, controller }) => {
      const question = { port: controller.ports.http, host: hostOf(service) }
      const published = controller.published()
      const scale = async (addresses: readonly string[], old: string, wanted: string) => {
        await delay(pauseMs)
        const started = performance.now()
        api.apply(sliceOf(service, { addresses, port: podPort }))
        const seen = await untilOnlyNew(question, old, wanted)
        wrong.push(...seen.wrong)
        return seen.newSince - started
      }
      for (let n = 0; n < count; n++) {
        emptyMs.push(await scale([], '200', '503'))
        for (let i = 0; i < fewAnswers; i++) {
          const started = performance.now()
          await ask(question)
          answerMs.push(performance.now() - started)
        }
        backMs.push(await scale(some, '503', '200'))
      }
      return { answerMs, emptyMs, backMs, wrong, reloads: controller.published() - published }
    })
  } finally {
    pod.close()
  }
}
