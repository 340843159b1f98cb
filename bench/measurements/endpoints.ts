import { figureText, hostsText, median, percentile } from '../figures.ts'
import type { Bench, Line, Measurement } from '../measurement.ts'
import { endpointChangesSchema } from '../support/endpoint-changes.ts'
import { inNetwork } from '../support/network.ts'

/**
 * From the watch event of a changed EndpointSlice until clients on kept connections reach the new
 * endpoint only, with load beside. Endpoints need addresses that are not loopback's, so all of it runs
 * in a network of its own.
 */
export const endpoints: Measurement = {
  name: 'endpoints',
  async measure(bench) {
    const lines: Line[] = []
    for (const hosts of bench.isQuick ? [1_000] : [1_000, 5_000])
      lines.push(await lineOf(bench, hosts))
    return lines
  },
}

async function lineOf(bench: Bench, hosts: number): Promise<Line> {
  const count = bench.isQuick ? 200 : 1_000
  bench.say(`endpoints: ${count} changes, ${hostsText(hosts)}`)
  const { ms, reloads, failed, moreMiB } = await inNetwork(
    'endpoint-changes.ts',
    [hosts, count, bench.newest.path],
    endpointChangesSchema,
  )
  const p99 = percentile(ms, 0.99)
  return {
    what: 'endpoint change → traffic',
    at: `${count.toLocaleString('en-US')} changes, ${hostsText(hosts)}, nginx ${bench.newest.version}`,
    goal: 'p50 ≤ 10 ms, p99 ≤ 50 ms; 0 reloads; 0 failed requests',
    reached: `p50 ${figureText([median(ms)], 'ms')}, p99 ${figureText([p99], 'ms')}; ${reloads} reloads; ${failed.length} failed${failed.length === 0 ? '' : ` (${[...new Set(failed)].join(', ')})`}; nginx ${figureText([moreMiB], 'MiB')} more`,
    floor: '',
    ratio: '',
    isMet: median(ms) <= 10 && p99 <= 50 && reloads === 0 && failed.length === 0,
  }
}
