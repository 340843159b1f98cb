import { figureText, hostsText, median } from '../figures.ts'
import type { Measurement } from '../measurement.ts'
import { inNetwork } from '../support/network.ts'
import { zeroSchema } from '../support/zero.ts'

/** A Service that loses its last endpoint and gets one again. */
export const zero: Measurement = {
  name: 'zero',
  async measure(bench) {
    const { isQuick, newest } = bench
    const hosts = 1_000
    const count = isQuick ? 5 : 15
    bench.say(`zero: ${count} times to zero and back`)
    const args = [hosts, count, newest.path]
    const { answerMs, emptyMs, backMs, wrong, reloads } = await inNetwork(
      'zero.ts',
      args,
      zeroSchema,
    )
    const at = `${count} times, ${hostsText(hosts)}, nginx ${newest.version}`
    const clean = `${reloads} reloads; ${wrong.length} other answers${wrong.length === 0 ? '' : ` (${[...new Set(wrong)].join(', ')})`}`
    const isClean = reloads + wrong.length === 0
    const none = { floor: '', ratio: '' }
    return [
      {
        what: 'scaled to zero → 503',
        at,
        goal: 'p50 ≤ 10 ms; each 503 takes ≤ 10 ms; nothing but 200 and 503',
        reached: `${figureText(emptyMs, 'ms')}; a 503 takes ${figureText(answerMs, 'ms')}; ${clean}`,
        ...none,
        isMet: median(emptyMs) <= 10 && median(answerMs) <= 10 && isClean,
      },
      {
        what: 'scaled from zero → 200',
        at,
        goal: '≤ 1 s',
        reached: figureText(backMs, 'ms'),
        ...none,
        isMet: Math.max(...backMs) <= 1_000 && isClean,
      },
    ]
  },
}
