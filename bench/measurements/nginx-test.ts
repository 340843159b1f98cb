import { figureText, hostsText, median, ratioText } from '../figures.ts'
import type { Bench, Line, Measurement } from '../measurement.ts'
import { bundleConf, handWrittenConf, testMs } from '../support/nginx.ts'
import { usualShape } from '../support/shapes.ts'
import { workload } from '../support/workload.ts'

const goal = 0.25

/** `nginx -t` of our bundle and of the same hosts in the usual shape, in turn. */
export const nginxTest: Measurement = {
  name: 'nginx-test',
  async measure(bench) {
    const lines: Line[] = []
    for (const { version, path } of bench.nginxes)
      lines.push(await lineOf(bench, 1_000, version, path))
    const { version, path } = bench.newest
    if (!bench.isQuick) lines.push(await lineOf(bench, 5_000, version, path))
    return lines
  },
}

async function lineOf(bench: Bench, hosts: number, version: string, path: string): Promise<Line> {
  bench.say(`nginx-test: ${hostsText(hosts)}, nginx ${version}`)
  const bundle = await bundleConf(bench, path, await workload(hosts, { hasTls: true }))
  const usual = await handWrittenConf(bench, (dir, ports) => usualShape(hosts, dir, ports))
  const ours: number[] = []
  const theirs: number[] = []
  for (let i = 0; i < (hosts > 1_000 ? 3 : 5); i++) {
    ours.push(await testMs(path, bundle))
    theirs.push(await testMs(path, usual))
  }
  const ratio = median(ours) / median(theirs)
  return {
    what: '`nginx -t` of our bundle',
    at: `${hostsText(hosts)} with TLS, nginx ${version}`,
    goal: `≤ ${goal} of the usual shape`,
    reached: figureText(ours, 'ms'),
    floor: `usual shape: ${figureText(theirs, 'ms')}`,
    ratio: ratioText(ratio),
    isMet: ratio <= goal,
  }
}
