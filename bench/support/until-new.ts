import { ask } from './ask.ts'
import type { Question } from './ask.ts'

/** So many new answers in a row, over so long, mean that no old one comes any more. */
const answersInARow = 40
const quietMs = 250

export interface Seen {
  /** When the first answer came after which all were new. */
  readonly newSince: number
  /** What was answered beside the old and the new. */
  readonly wrong: readonly string[]
}

/** Asks on fresh connections until `isNew` is all that comes, or throws after a minute. */
export async function untilOnlyNew(
  question: Question,
  old: string,
  wanted: string,
  answerTo = ask,
): Promise<Seen> {
  const deadline = performance.now() + 60_000
  const wrong: string[] = []
  let newSince = 0
  let inARow = 0
  for (;;) {
    const answer = await answerTo(question)
    const now = performance.now()
    if (now > deadline) throw new Error(`still ${answer} instead of ${wanted} after a minute`)
    if (answer === wanted) {
      if (inARow++ === 0) newSince = now
      if (inARow >= answersInARow && now - newSince >= quietMs) return { newSince, wrong }
    } else {
      inARow = 0
      if (answer !== old) wrong.push(answer)
    }
  }
}
