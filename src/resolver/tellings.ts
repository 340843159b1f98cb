/** An answer: to which question, and when, by `performance.now`. */
interface Telling {
  readonly id: number
  readonly at: number
}

/** The answers that said what is true now of one name, and after which nobody has asked anew yet. */
export type Tellings = readonly Telling[]

export const untold: Tellings = []

/** A worker pauses for 1,000 ms after an answer. */
const shortestPauseMs = 998
/** For a machine so busy that a worker, or Sluice itself, comes late. */
const longestPauseMs = 10_000
/** A question that comes so soon after its own answer was on its way already. */
const crossingMs = 100

export const withTelling = (tellings: Tellings, id: number, now: number): Tellings => [
  ...tellings.filter((each) => each.id !== id && now - each.at <= longestPauseMs),
  { id, at: now },
]

/**
 * What a question says about an answer before it. `again`: the answer to this very question did not
 * arrive. `crossing`: it may still.
 *
 * `after`: whoever asks was told. nginx does not say who asks: a worker has a socket for each of our
 * addresses and takes them in turn. But a worker has one question of a name under way, pauses for a
 * second after the answer, and then asks anew, under another number. So for each answer there is one
 * question after that pause from a worker that was told; `rest` are the answers without it. A socket
 * that nobody had seen before the answer is a new worker's.
 */
export function relation(
  tellings: Tellings,
  id: number,
  seenSince: number,
  now: number,
): { readonly kind: 'none' | 'again' | 'crossing' | 'after'; readonly rest: Tellings } {
  if (tellings.length === 0) return { kind: 'none', rest: tellings }
  const same = tellings.find((each) => each.id === id)
  if (same !== undefined)
    return { kind: now - same.at < crossingMs ? 'crossing' : 'again', rest: tellings }
  const before = tellings.find(({ at }) => {
    const pauseMs = now - at
    return seenSince < at && pauseMs >= shortestPauseMs && pauseMs <= longestPauseMs
  })
  if (before === undefined) return { kind: 'none', rest: tellings }
  return { kind: 'after', rest: tellings.filter((each) => each !== before) }
}
