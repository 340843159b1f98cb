import { execa } from 'execa'
import { figureText, hostsText, median, ratioText } from '../figures.ts'
import type { Sample } from '../figures.ts'
import type { Bench, Line, Measurement } from '../measurement.ts'
import { ask } from '../support/ask.ts'
import { bundleConf, handWrittenConf, startNginx } from '../support/nginx.ts'
import type { Conf, RunningNginx } from '../support/nginx.ts'
import { cpuMicroseconds, nginxTree } from '../support/processes.ts'
import { minimalShape } from '../support/shapes.ts'
import { hostOf, workload } from '../support/workload.ts'
import type { Raw } from '../support/workload.ts'

const goal = 1.15
const address = '127.0.0.1'
const configMap: Raw = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'nginx-configuration', namespace: 'ingress-nginx' },
  data: { 'worker-processes': '1' },
}

interface Proxy {
  readonly name: string
  readonly conf: Conf
  readonly figures: number[]
}

/**
 * Processor time of one worker per request, with 32 kept connections, in turn with hand-written
 * proxies. The worker has one processor, the load and the backend another.
 */
export const proxyCpu: Measurement = {
  name: 'proxy-cpu',
  async measure(bench) {
    if (!(await hasWrk())) {
      bench.say('proxy-cpu: skipped, wrk is missing')
      return []
    }
    const backend = await backendOf(bench)
    try {
      return await compare(bench, backend)
    } finally {
      await backend.nginx.stop()
    }
  },
}

async function compare(bench: Bench, { port }: { readonly port: number }): Promise<Line[]> {
  const { version, path } = bench.newest
  const minimal = (log: (dir: string) => string): Promise<Conf> =>
    handWrittenConf(bench, (dir, ports) =>
      minimalShape(1, dir, ports, {
        log: log(dir),
        endpoint: `${address}:${port}`,
        workers: 1,
        hasTls: false,
      }),
    )
  const floor = proxy('floor', await minimal(() => 'access_log off;'))
  const logging = proxy(
    'floor with a log',
    await minimal((dir) => `access_log ${dir}/access.log combined buffer=32k flush=1s;`),
  )
  const sizes = bench.isQuick ? [1, 1_000] : [1, 1_000, 5_000]
  const ours: (Proxy & { readonly hosts: number })[] = []
  for (const hosts of sizes) {
    const objects = await workload(hosts, { hasTls: false, endpoint: { address, port } })
    const conf = await bundleConf(
      bench,
      path,
      [...objects, configMap],
      'ingress-nginx/nginx-configuration',
    )
    ours.push({ ...proxy(hostsText(hosts), conf), hosts })
  }
  for (let round = 0; round < (bench.isQuick ? 2 : 3); round++)
    for (const each of [floor, logging, ...ours]) {
      bench.say(`proxy-cpu: round ${round + 1}, ${each.name}`)
      each.figures.push(await cpuPerRequest(path, each.conf))
    }
  return ours.flatMap(({ hosts, figures }) => [
    line(`${hostsText(hosts)}, nginx ${version}`, figures, 'no access log', floor.figures, true),
    line(`${hostsText(hosts)}, nginx ${version}`, figures, 'buffered log', logging.figures, false),
  ])
}

const proxy = (name: string, conf: Conf): Proxy => ({ name, conf, figures: [] })

function line(
  at: string,
  figures: Sample,
  floorName: string,
  floor: Sample,
  isGoal: boolean,
): Line {
  const ratio = median(figures) / median(floor)
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

async function cpuPerRequest(path: string, conf: Conf): Promise<number> {
  const nginx = await startNginx(path, conf, 0)
  try {
    const question = { port: conf.ports.http, host: hostOf(0) }
    const answer = await ask(question)
    if (answer !== '200') throw new Error(`the proxy answered ${answer}`)
    await load(question.port, 1) // connections to the backend exist, caches are warm
    const [, worker = 0] = nginxTree(nginx.pid)
    const before = cpuMicroseconds(worker)
    const requests = await load(question.port, 2)
    return (cpuMicroseconds(worker) - before) / requests
  } finally {
    await nginx.stop()
  }
}

/** How many requests were answered, all with 200, in about `seconds`. */
async function load(port: number, seconds: number): Promise<number> {
  const command = ['-c', '1', 'wrk', '-t1', '-c32', `-d${seconds}s`]
  const { stdout } = await execa('taskset', [
    ...command,
    '-H',
    `Host: ${hostOf(0)}`,
    `http://127.0.0.1:${port}/`,
  ])
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
  return { port: conf.ports.http, nginx: await startNginx(bench.newest.path, conf, 1) }
}

const hasWrk = (): Promise<boolean> =>
  execa('wrk', ['--version'], { reject: false }).then(({ exitCode }) => exitCode !== undefined)
