import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { connect } from 'node:tls'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { stringify } from 'yaml'
import { figureText, hostsText, median, ratioText } from '../figures.ts'
import type { Bench, Line, Measurement } from '../measurement.ts'
import { apiServer } from '../support/api-server.ts'
import { ask } from '../support/ask.ts'
import { startController } from '../support/controller.ts'
import type { Controller } from '../support/controller.ts'
import { bundleConf, startNginx, testMs } from '../support/nginx.ts'
import { hostOf, workload } from '../support/workload.ts'
import type { Raw } from '../support/workload.ts'

export const goalsMs = new Map([
  [1_000, 1_000],
  [5_000, 3_000],
])
const certificatesAsked = 20
const earlyGapMs = 2

interface Start {
  readonly readyMs: number
  /** Answers other than the right one, from the first moment on. */
  readonly wrong: readonly string[]
}

/**
 * From the start of the bundled program, with an empty state directory, to `/readyz` 200; then each
 * host is asked once. One host is asked all the time: until it is right nobody may answer.
 */
export const start: Measurement = {
  name: 'start',
  async measure(bench) {
    const lines: Line[] = []
    for (const hosts of bench.isQuick ? [0, 1_000] : [0, 1_000, 5_000])
      lines.push(await fromApi(bench, hosts))
    for (const hosts of bench.isQuick ? [0] : [0, 1_000]) lines.push(await fromFolder(bench, hosts))
    return lines
  },
}

async function fromApi(bench: Bench, hosts: number): Promise<Line> {
  bench.say(`start: ${hostsText(hosts)} from an API`)
  const objects = await workload(hosts, { hasTls: true })
  const api = await apiServer(objects)
  try {
    const source = [`--apiserver-host=${api.url}`]
    return await lineOf(bench, hosts, 'lists over HTTP', objects, source, goalsMs.get(hosts))
  } finally {
    await api.close()
  }
}

async function fromFolder(bench: Bench, hosts: number): Promise<Line> {
  bench.say(`start: ${hostsText(hosts)} from a folder`)
  const objects = await workload(hosts, { hasTls: true })
  const dir = await mkdtemp(join(bench.scratch, 'manifests-'))
  await mkdir(dir, { recursive: true })
  const files = Map.groupBy(objects, ({ metadata }) => metadata.namespace ?? 'cluster')
  for (const [name, inside] of files)
    await writeFile(join(dir, `${name}.yaml`), inside.map((one) => stringify(one)).join('---\n'))
  return lineOf(bench, hosts, '`--manifests`', objects, [`--manifests=${dir}`], undefined)
}

async function lineOf(
  bench: Bench,
  hosts: number,
  from: string,
  objects: readonly Raw[],
  source: readonly string[],
  goalMs: number | undefined,
): Promise<Line> {
  const { version, path } = bench.newest
  const starts: Start[] = []
  const floor: number[] = []
  const conf = await bundleConf(bench, path, objects)
  for (let i = 0; i < (bench.isQuick ? 2 : 3); i++) {
    starts.push(await startOnce(bench, path, hosts, source))
    floor.push((await nodeMs()) + (await testMs(path, conf)) + (await nginxMs(path, conf)))
  }
  const ready = starts.map(({ readyMs }) => readyMs)
  const wrong = starts.flatMap((one) => one.wrong)
  const wrongText = wrong.length === 0 ? '' : `; wrong: ${[...new Set(wrong)].join(', ')}`
  return {
    what: 'cold start until all are served',
    at: `${hostsText(hosts)} with TLS, ${from}, nginx ${version}`,
    goal:
      goalMs === undefined ? '' : `≤ ${goalMs.toLocaleString('en-US')} ms, nothing wrong before`,
    reached: `${figureText(ready, 'ms')}${wrongText}`,
    floor: `an empty Node program, \`nginx -t\`, start of nginx: ${figureText(floor, 'ms')}`,
    ratio: ratioText(median(ready) / median(floor)),
    isMet: goalMs === undefined ? undefined : median(ready) <= goalMs && wrong.length === 0,
  }
}

async function startOnce(
  bench: Bench,
  path: string,
  hosts: number,
  source: readonly string[],
): Promise<Start> {
  const controller = await startController(bench, path, source)
  const isOver = new AbortController()
  try {
    const early = hosts === 0 ? Promise.resolve([]) : wrongAnswers(controller, isOver.signal)
    const readyMs = (await controller.ready()) - controller.startedAt
    const wrong = await wrongHosts(controller, hosts)
    isOver.abort()
    return { readyMs, wrong: [...(await early), ...wrong] }
  } finally {
    isOver.abort()
    await controller.stop()
  }
}

/**
 * What a host with TLS answers over HTTP other than its redirect. A connection that is made and then
 * reset is no answer: `nginx -t` takes the ports for a moment, before nginx has them for good.
 */
export async function wrongAnswers({ ports }: Controller, signal: AbortSignal): Promise<string[]> {
  const wrong: string[] = []
  while (!signal.aborted) {
    const answer = await ask({ port: ports.http, host: hostOf(0) })
    if (answer !== '308' && /^\d+$/.test(answer)) wrong.push(answer)
    await delay(earlyGapMs) // who asks without a pause takes a processor from what is measured
  }
  return wrong
}

async function wrongHosts({ ports }: Controller, hosts: number): Promise<string[]> {
  const wrong: string[] = []
  for (let i = 0; i < hosts; i++) {
    const answer = await ask({ port: ports.http, host: hostOf(i) })
    if (answer !== '308') wrong.push(answer)
  }
  for (let n = 0; n < Math.min(hosts, certificatesAsked); n++) {
    const host = hostOf(Math.floor((n * hosts) / certificatesAsked))
    const shown = await certificateName(ports.https, host)
    if (shown !== host) wrong.push(`a certificate for ${shown}`)
  }
  return wrong
}

function certificateName(port: number, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, servername, rejectUnauthorized: false }
    const socket = connect(options, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

async function nodeMs(): Promise<number> {
  const started = performance.now()
  await execa(process.execPath, ['--eval', '0'])
  return performance.now() - started
}

async function nginxMs(path: string, conf: Parameters<typeof startNginx>[1]): Promise<number> {
  const nginx = await startNginx(path, conf)
  await nginx.stop()
  return nginx.startMs
}
