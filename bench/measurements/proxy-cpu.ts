import { execa } from 'execa'
import { figureText, hostsText, median, ratioText } from '../figures.ts'
import type { Sample } from '../figures.ts'
import type { Bench, Line, Measurement } from '../measurement.ts'
import { ask } from '../support/ask.ts'
import { likeOurs } from '../support/like-ours.ts'
import { handWrittenConf, startNginx } from '../support/nginx.ts'
import type { RunningNginx } from '../support/nginx.ts'
import { cpuMicroseconds } from '../support/processes.ts'
import { bundled, handWritten, loadProcessor, resolving } from '../support/proxies.ts'
import type { Proxy } from '../support/proxies.ts'
import { minimalShape } from '../support/shapes.ts'
import { hostOf, workload } from '../support/workload.ts'

const goal = 1.15
const address = '127.0.0.1'

/** One of them, and its µs of each round. */
interface Measured {
  readonly name: string
  readonly proxy: Proxy
  readonly figures: number[]
}

/**
 * Processor time of one worker per request, with 32 kept connections, beside hand-written proxies: all run, and are asked
 * for a second each in turn. The workers have one processor, the load and the backend another.
 */
export const proxyCpu: Measurement = {
  name: 'proxy-cpu',
  async measure(bench) {
    if (!(await hasWrk())) {
      bench.say('proxy-cpu: skipped, wrk is missing')
      return []
    }
    const backend = await backendOf(bench)
    const running: Measured[] = []
    try {
      return await compare(bench, backend.port, running)
    } finally {
      for (const { proxy } of running) await proxy.stop()
      await backend.nginx.stop()
    }
  },
}

async function compare(bench: Bench, port: number, running: Measured[]): Promise<Line[]> {
  const measured = async (name: string, starting: Promise<Proxy>): Promise<Measured> => {
    bench.say(`proxy-cpu: ${name}`)
    const one = { name, proxy: await starting, figures: [] }
    running.push(one)
    return one
  }
  const written = (hosts: number, like?: Proxy): Promise<Proxy> =>
    handWritten(bench, (dir, ports) =>
      minimalShape(hosts, dir, ports, {
        ...(like === undefined
          ? { log: 'access_log off;' }
          : likeOurs(like.conf, `${dir}/access.log`)),
        endpoint: `${address}:${port}`,
        workers: 1,
        hasTls: false,
      }),
    )

  const { version } = bench.newest
  const least = await measured('hand-written, neither headers nor log', written(1))
  const pairs: { readonly at: string; readonly ours: Measured; readonly floor: Measured }[] = []
  for (const hosts of bench.isQuick ? [1, 1_000] : [1, 1_000, 5_000]) {
    const at = `${hostsText(hosts)}, nginx ${version}`
    const objects = await workload(hosts, { hasTls: false, endpoint: { address, port } })
    const ours = await measured(at, bundled(bench, objects))
    const floor = await measured(`hand-written, ${hostsText(hosts)}`, written(hosts, ours.proxy))
    pairs.push({ at, ours, floor })
    if (hosts !== 1_000) continue
    const byName = `${at}, endpoints by DNS`
    pairs.push({ at: byName, ours: await measured(byName, resolving(bench, objects)), floor })
  }
  for (const { proxy } of running) await cpuPerRequest(proxy) // connections to the backend exist, caches are warm
  for (let round = 0; round < (bench.isQuick ? 5 : 10); round++) {
    bench.say(`proxy-cpu: round ${round + 1}`)
    for (const { proxy, figures } of running) figures.push(await cpuPerRequest(proxy))
  }
  return pairs.flatMap(({ at, ours, floor }) => [
    line(at, ours.figures, 'same hosts, headers, request ID and log', floor.figures, true),
    line(at, ours.figures, 'one host, none of them', least.figures, false),
  ])
}

function line(
  at: string,
  figures: Sample,
  floorName: string,
  floor: Sample,
  isGoal: boolean,
): Line {
  // round by round, because other work on the machine makes all of a round slower
  const ratio = median(figures.map((figure, round) => figure / (floor[round] ?? Number.NaN)))
  return {
    what: 'proxy CPU per request, access log on',
    at,
    goal: isGoal ? `≤ ${goal} of the floor` : '',
    reached: figureText(figures, 'µs'),
    floor: `hand-written, ${floorName}: ${figureText(floor, 'µs')}`,
    ratio: ratioText(ratio),
    isMet: isGoal ? ratio <= goal : undefined,
  }
}

async function cpuPerRequest({ port, worker }: Proxy): Promise<number> {
  const answer = await ask({ port, host: hostOf(0) })
  if (answer !== '200') throw new Error(`the proxy answered ${answer}`)
  const before = cpuMicroseconds(worker)
  const requests = await load(port)
  return (cpuMicroseconds(worker) - before) / requests
}

/** How many requests were answered, all with 200, in about a second. */
async function load(port: number): Promise<number> {
  const wrk = [
    'wrk',
    '-t1',
    '-c32',
    '-d1s',
    '-H',
    `Host: ${hostOf(0)}`,
    `http://127.0.0.1:${port}/`,
  ]
  const { stdout } = await execa('taskset', ['-c', String(loadProcessor), ...wrk])
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error('requests failed', { cause: stdout })
  return Number(/(\d+) requests in/.exec(stdout)?.[1])
}

/** An nginx that answers 43 bytes at once. */
async function backendOf(
  bench: Bench,
): Promise<{ readonly port: number; readonly nginx: RunningNginx }> {
  const conf = await handWrittenConf(
    bench,
    (dir, ports) => `pid ${dir}/nginx.pid;
error_log ${dir}/error.log;
worker_processes 1;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `    ${name}_temp_path ${dir}/tmp/${name};`).join('\n')}
    server { listen ${address}:${ports.http}; return 200 "${'x'.repeat(43)}"; }
}
`,
  )
  return {
    port: conf.ports.http,
    nginx: await startNginx(bench.newest.path, conf, loadProcessor),
  }
}

const hasWrk = (): Promise<boolean> =>
  execa('wrk', ['--version'], { reject: false }).then(({ exitCode }) => exitCode !== undefined)
