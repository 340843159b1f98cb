import { setTimeout as delay } from 'node:timers/promises'

/**
 * Asks `check` again and again until it answers with something, and answers that. What it throws
 * counts as "not yet" and is told if the time runs out.
 */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  { timeoutMs = 30_000, everyMs = 50 } = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + timeoutMs
  let refusal: unknown
  for (;;) {
    try {
      const answer = await check()
      if (answer !== undefined && answer !== null && answer !== false) {
        return answer as NonNullable<Exclude<T, false>>
      }
      refusal = undefined
    } catch (error) {
      refusal = error
    }
    if (performance.now() > deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause: refusal })
    }
    await delay(everyMs)
  }
}
