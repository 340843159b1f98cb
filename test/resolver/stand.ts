import { Agent, createServer, request } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import type { Answer, Endpoint } from '../../src/resolver/answer.ts'
import { startResolver } from '../../src/resolver/resolver.ts'
import type { Resolver, ResolverSettings } from '../../src/resolver/resolver.ts'
import { resolverHosts } from '../../src/model/loopback.ts'
import { hostsFor } from '../../src/translate/backends/resolver.ts'
import { freePorts } from '../support/free-ports.ts'
import { until } from '../support/until.ts'

const quiet = pino({ level: 'silent' })

export const together = (...endpoints: Endpoint[]): Answer => ({ endpoints, isApart: false })
export const apart = (...endpoints: Endpoint[]): Answer => ({ endpoints, isApart: true })

/** A resolver on a free port. */
export async function resolver(
  t: TestContext,
  settings: Partial<ResolverSettings> & { readonly port?: number } = {},
): Promise<Resolver> {
  const [free = 0] = await freePorts(1)
  const port = settings.port ?? free
  const addresses = resolverHosts.map((host) => ({ host, port }))
  const started = await startResolver({ addresses, log: quiet, ...settings })
  t.after(() => started.close().catch(() => undefined))
  return started
}

/** As many as were asked for; tests name the first few. */
export type Backends = readonly [Endpoint, Endpoint, Endpoint, Endpoint, ...Endpoint[]]

/** HTTP servers that say which they are, and go on at `/endless`, on 127.0.`net`.1 and so on, all on one port. */
export async function backends(
  t: TestContext,
  count: number,
  { net = 9, port }: { readonly net?: number; readonly port?: number } = {},
): Promise<Backends> {
  const number = port ?? (await freePorts(1))[0] ?? 0
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const address = `127.0.${net + Math.floor(i / 250)}.${(i % 250) + 1}`
      await backend(t, { address, port: number })
      return { address, port: number }
    }),
  ) as Promise<readonly Endpoint[]> as Promise<unknown> as Promise<Backends>
}

export async function backend(t: TestContext, { address, port }: Endpoint): Promise<Server> {
  const server = createServer((asked, response) => {
    if (asked.url === '/endless') response.write(address)
    else response.end(address)
  })
  server.listen(port, address)
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return server
}

export interface Nginx {
  readonly port: number
  readonly dir: string
  ask(
    path?: string,
    method?: string,
    over?: Agent,
  ): Promise<{ readonly status: number; readonly body: string }>
  write(conf: string): Promise<void>
  reload(): void
  /** What it logged as an error after `settled`. */
  errors(): Promise<readonly string[]>
  /** Waits for a good answer, or for 503: until then an upstream is without endpoints. */
  settled(path?: string): Promise<void>
  readonly pid: number
}

export const serviceOf = (name: string): string =>
  `server ${name} service=http resolve max_fails=0;`

/** A real nginx whose upstreams are asked from `at`; `upstreams` by name, with their lines. */
export function confOf(
  at: Resolver,
  upstreams: Readonly<Record<string, string>>,
  { more = '', resolverOptions = 'ipv6=off', zone = '1m' } = {},
): (port: number, dir: string) => string {
  const addresses = at.addresses
    .slice(0, hostsFor(Object.keys(upstreams).length).length)
    .map(({ host, port }) => `${host}:${port}`)
    .join(' ')
  return (port, dir) => `
daemon off; pid ${dir}/nginx.pid; error_log ${dir}/error.log info; worker_processes 2;
events { worker_connections 4096; }
http {
  access_log off; client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f;
  uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s;
  keepalive_min_timeout 5s; resolver ${addresses} ${resolverOptions}; resolver_timeout 20d;
  proxy_http_version 1.1; proxy_set_header Connection '';
  ${Object.entries(upstreams)
    .map(([name, lines]) => `upstream ${name} { zone upstreams ${zone}; ${lines} keepalive 8; }`)
    .join('\n  ')}
  server { listen 127.0.0.1:${port}; location = / { return 204; }
    ${Object.keys(upstreams)
      .map((name) => `location /${name} { proxy_pass http://${name}; }`)
      .join('\n    ')}
  }
  ${more}
}`
}

export async function nginx(
  t: TestContext,
  program: string,
  conf: (port: number, dir: string) => string,
): Promise<Nginx> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-resolver-'))
  const [port = 0] = await freePorts(1)
  const path = join(dir, 'nginx.conf')
  await writeFile(path, conf(port, dir))
  const child = spawn(program, ['-e', join(dir, 'error.log'), '-c', path], { stdio: 'ignore' })
  const ended = once(child, 'close')
  const agent = new Agent({ keepAlive: true })
  t.after(async () => {
    agent.destroy()
    child.kill('SIGTERM')
    await ended
    await rm(dir, { recursive: true, force: true })
  })
  const ask: Nginx['ask'] = async (path = '/a', method = 'GET', over = agent) => {
    const sent = request({ host: '127.0.0.1', port, path, method, agent: over })
    sent.end(method === 'POST' ? 'something' : undefined)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    let body = ''
    for await (const chunk of answer) body += String(chunk)
    return { status: answer.statusCode ?? 0, body }
  }
  await until('nginx answers', () => ask('/'), { everyMs: 5 })
  const errors = async (): Promise<readonly string[]> =>
    (await readFile(join(dir, 'error.log'), 'utf8'))
      .split('\n')
      .filter((line) => /\[(?:warn|error|crit|alert|emerg)\]/.test(line))
  let early = 0
  return {
    port,
    dir,
    ask,
    settled: async (path) => {
      const isSettled = async () => [200, 503].includes((await ask(path)).status)
      await until('endpoints', isSettled, { everyMs: 2 })
      early = (await errors()).length
    },
    errors: async () => (await errors()).slice(early),
    pid: child.pid ?? 0,
    write: (text) => writeFile(path, text),
    reload: () => void process.kill(child.pid ?? 0, 'SIGHUP'),
  }
}
