import { hash } from 'node:crypto'
import { makeCurrent, writeBundle } from '../../src/nginx/bundles.ts'
import { ensureFallbackCertificate } from '../../src/nginx/fallback-certificate.ts'
import { writeKeyFiles } from '../../src/nginx/key-files.ts'
import { prepare, stateDirAt } from '../../src/nginx/state-dir.ts'
import { figureText, hostsText, median, ratioText } from '../figures.ts'
import type { Bench, Line, Measurement } from '../measurement.ts'
import { newPlace, testMs } from '../support/nginx.ts'
import { bundleOf } from '../support/translation.ts'
import { workload } from '../support/workload.ts'

/**
 * Writing a bundle whose key files are all there, whole as it is, against the `nginx -t` of it: what a
 * bundle of many files could save at most.
 */
export const writing: Measurement = {
  name: 'writing',
  async measure(bench) {
    const lines: Line[] = []
    for (const hosts of bench.isQuick ? [1_000] : [1_000, 10_000])
      lines.push(await lineOf(bench, hosts))
    return lines
  },
}

async function lineOf(bench: Bench, hosts: number): Promise<Line> {
  const { version, path } = bench.newest
  bench.say(`writing: ${hostsText(hosts)}`)
  const { dir, ports, place } = await newPlace(bench, path)
  const bundle = bundleOf(await workload(hosts, { hasTls: true }), place)
  const state = stateDirAt(dir)
  await prepare(state)
  await ensureFallbackCertificate(dir)
  await writeKeyFiles(state, bundle.keyFiles)
  const writes: number[] = []
  const tests: number[] = []
  for (let i = 0; i < 5; i++) {
    const next = { ...bundle, digest: hash('sha256', `${bundle.digest} ${i}`) }
    const started = performance.now()
    await writeKeyFiles(state, next.keyFiles)
    await writeBundle(state, next)
    await makeCurrent(state, next.digest)
    writes.push(performance.now() - started)
    tests.push(await testMs(path, { path: state.conf, dir, ports }))
  }
  return {
    what: 'writing a bundle',
    at: `${hostsText(hosts)} with TLS, nginx ${version}`,
    goal: '',
    reached: figureText(writes, 'ms'),
    floor: `\`nginx -t\` of it: ${figureText(tests, 'ms')}`,
    ratio: ratioText(median(writes) / median(tests)),
    isMet: undefined,
  }
}
