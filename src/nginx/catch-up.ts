import { setTimeout as delay } from 'node:timers/promises'
import { currentDigest } from './bundles.ts'
import { generationOf } from './generation.ts'
import type { StateDir } from './state-dir.ts'

const patienceMs = 2000

/**
 * Whether an nginx that was just found serves something else than `current`: the controller before
 * may have died between moving the link and telling nginx, or the link moved while nginx started.
 */
export async function isBehind(state: StateDir, statusPort: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs
  while (performance.now() < deadline) {
    const answer = await generationOf(statusPort)
    if (answer !== undefined) return answer !== (await currentDigest(state))
    await delay(10)
  }
  return false
}
