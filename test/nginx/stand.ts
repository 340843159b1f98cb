import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { TestContext } from 'node:test'
import type { Logger } from '../../src/log.ts'
import { child } from '../../src/nginx/child.ts'
import type { Instance } from '../../src/nginx/instance.ts'
import { program } from '../../src/nginx/program.ts'
import type { Program } from '../../src/nginx/program.ts'
import { isSame } from '../../src/nginx/processes.ts'
import type { ProcessId } from '../../src/nginx/processes.ts'
import { publish } from '../../src/nginx/publish.ts'
import type { Outcome } from '../../src/nginx/publish.ts'
import type { Bundle, KeyFile } from '../../src/render/bundle.ts'

/** One nginx with a state directory and ports of its own. */
export interface Stand {
  readonly stateDir: string
  readonly port: number
  readonly statusPort: number
  readonly program: Program
  readonly instance: Instance
  /** `level message` of what was logged so far. */
  readonly logged: string[]
  readonly log: Logger
  bundle(answer: string, more?: Additions): Bundle
  publish(bundle: Bundle): Promise<Outcome>
  /** Starts supervising; the test stops it at its end. */
  start(): void
  stop(): Promise<void>
}

export interface Additions {
  /** Lines inside the server. */
  readonly server?: string
  /** Lines in the http context. */
  readonly http?: string
  readonly keyFiles?: readonly KeyFile[]
}

export async function stand(t: TestContext, path: string, parent = tmpdir()): Promise<Stand> {
  const stateDir = await mkdtemp(join(parent, 'sluice-nginx-'))
  const [port, statusPort] = await freePorts(2)
  const logged: string[] = []
  const line =
    (level: string) =>
    (fields: unknown, message?: string): void =>
      void logged.push(`${level} ${message ?? String(fields)} ${JSON.stringify(fields)}`)
  const log: Logger = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
  }
  const nginx = program(path)
  const instance = child({ program: nginx, stateDir, statusPort, log, drainMs: 10_000 })
  const stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()
  const self: Stand = {
    stateDir,
    port,
    statusPort,
    program: nginx,
    instance,
    logged,
    log,
    bundle: (answer, more) => bundleOf(self, answer, more),
    publish: (bundle) => publish(bundle, stateDir, nginx, instance),
    start: () => {
      running = instance.start(stopping.signal)
    },
    stop: async () => {
      stopping.abort()
      await running
    },
  }
  t.after(async () => {
    await self.stop()
    await rm(stateDir, { recursive: true })
  })
  return self
}

/** Publishes a first bundle, starts nginx, and returns when it serves. */
export async function serving(
  t: TestContext,
  path: string,
  answer = 'first',
  parent?: string,
): Promise<Stand> {
  const it = await stand(t, path, parent)
  await it.publish(it.bundle(answer))
  it.start()
  await until(async () => it.instance.master !== null && (await ask(it.port)) === answer)
  return it
}

function bundleOf(
  { stateDir, port, statusPort }: Stand,
  answer: string,
  { server = '', http = '', keyFiles = [] }: Additions = {},
): Bundle {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `    ${name}_temp_path ${stateDir}/tmp/${name.replace('client_', '')};`)
    .join('\n')
  const text = `pid ${stateDir}/nginx.pid;
error_log ${stateDir}/error.log notice;
${process.geteuid?.() === 0 ? 'user root;' : ''}
worker_processes 2;
worker_shutdown_timeout 10s;

events {
    worker_connections 512;
}

http {
    access_log off;
${temporary}
${http}
    server {
        listen 127.0.0.1:${statusPort};
        location = /generation {
            return 200 "DIGEST\\n";
        }
    }

    # Ingress shop/web
    server {
        listen 127.0.0.1:${port};
${server}
        location / {
            return 200 "${answer}\\n";
        }
    }
}
`
  const digest = createHash('sha256').update(text).digest('hex')
  return { digest, files: new Map([['nginx.conf', text.replace('DIGEST', digest)]]), keyFiles }
}

/** What a fresh connection to `port` is answered; undefined for a failure of any kind. */
export function ask(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, agent: false, timeout: 5000 }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve(text.trim())).on('error', () => resolve(undefined))
    })
      .on('error', () => resolve(undefined))
      .on('timeout', () => resolve(undefined))
  })
}

export async function until(
  isSo: () => boolean | Promise<boolean>,
  what = 'what the test waits for',
): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen`)
    await delay(10)
  }
}

export async function freePorts(count: 2): Promise<[number, number]>
export async function freePorts(count: number): Promise<number[]>
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

/** The process that runs as master now, or an assertion error. */
export function masterOf({ instance }: Stand): ProcessId {
  const { master } = instance
  assert.ok(master !== null, 'no nginx runs')
  return master
}

/** Whether another master than `dead` runs; asked once, because a dying one may be gone the next time. */
export function isReplaced({ instance }: Stand, dead: ProcessId): boolean {
  const { master } = instance
  return master !== null && !isSame(master, dead)
}
