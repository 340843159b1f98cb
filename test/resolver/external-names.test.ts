// Services of type ExternalName through the whole program: Sluice looks their names up, and tells nginx.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { decode, encode } from 'dns-packet'
import { pino } from 'pino'
import { manifestSource } from '../../src/cluster/manifests.ts'
import { controller } from '../../src/controller/controller.ts'
import { ExternalNames } from '../../src/controller/external-names.ts'
import { runFlags } from '../../src/options/flags.ts'
import { parse } from '../../src/options/parse.ts'
import { freePorts } from '../support/free-ports.ts'
import { nginxes } from '../support/nginx.ts'
import { request } from '../support/shop.ts'
import { until } from '../support/until.ts'
import { backends } from './stand.ts'

const log = pino({ level: 'silent' })
const quick = { everyMs: 5 }

interface NameServer {
  readonly address: string
  /** Of each name; `undefined` is a server that fails. A name that is not here does not exist. */
  readonly zone: Map<string, readonly string[] | undefined>
  /** How often each name was asked for. */
  readonly asked: Map<string, number>
}

/** A DNS server of A records that are good for a second. */
async function nameServer(t: TestContext): Promise<NameServer> {
  const [port = 0] = await freePorts(1)
  const zone: NameServer['zone'] = new Map()
  const asked: NameServer['asked'] = new Map()
  const socket = createSocket('udp4')
  socket.on('message', (message, { address, port: back }) => {
    const { id, questions = [] } = decode(message)
    const [question] = questions
    if (id === undefined || question === undefined) return
    const { name, type } = question
    if (type === 'A') asked.set(name, (asked.get(name) ?? 0) + 1)
    const addresses = zone.get(name)
    const code = addresses !== undefined ? 0 : zone.has(name) ? 2 : 3
    const answers = (type === 'A' ? (addresses ?? []) : []).map((data) => ({
      name,
      type: 'A' as const,
      ttl: 1,
      data,
    }))
    socket.send(encode({ id, type: 'response', flags: code, questions, answers }), back, address)
  })
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  return { address: `127.0.0.1:${port}`, zone, asked }
}

function externalNames(
  t: TestContext,
  server: NameServer,
  allowLoopbackEndpoints = false,
): { readonly names: ExternalNames; readonly changes: string[] } {
  const changes: string[] = []
  const names = new ExternalNames({
    options: { nameservers: [server.address], allowLoopbackEndpoints },
    changed: (name) => changes.push(`${name} ${names.addressesOf(name)?.join() ?? '?'}`),
    log,
  })
  t.after(() => names.close())
  return { names, changes }
}

test('a name is looked up anew when its records expire, and a change is told', async (t) => {
  const server = await nameServer(t)
  server.zone.set('db.test', ['192.0.2.2', '192.0.2.1'])
  const { names, changes } = externalNames(t, server)
  names.follow(new Set(['db.test']))
  assert.equal(names.addressesOf('db.test'), undefined)
  await names.known(10_000)
  assert.deepEqual(names.addressesOf('db.test'), ['192.0.2.1', '192.0.2.2'])
  server.zone.set('db.test', ['192.0.2.3'])
  await until('the change', () => changes.length === 2, quick)
  assert.deepEqual(changes, ['db.test 192.0.2.1,192.0.2.2', 'db.test 192.0.2.3'])
})

test('addresses that requests must not reach are left out, whenever a name leads there', async (t) => {
  const server = await nameServer(t)
  server.zone.set('inside.test', ['127.0.0.1', '169.254.169.254', '192.0.2.1'])
  const { names, changes } = externalNames(t, server)
  names.follow(new Set(['inside.test']))
  await names.known(10_000)
  assert.deepEqual(names.addressesOf('inside.test'), ['192.0.2.1'])
  server.zone.set('inside.test', ['169.254.169.254'])
  await until('the change', () => changes.length === 2, quick)
  assert.deepEqual(names.addressesOf('inside.test'), [])
})

test('a server that fails changes nothing, one that knows of no address does', async (t) => {
  const server = await nameServer(t)
  server.zone.set('db.test', ['192.0.2.1'])
  const { names } = externalNames(t, server)
  names.follow(new Set(['db.test', 'none.test']))
  await names.known(10_000)
  assert.deepEqual(names.addressesOf('none.test'), [])
  server.zone.set('db.test', undefined)
  const before = server.asked.get('db.test') ?? 0
  await until('failures', () => (server.asked.get('db.test') ?? 0) > before + 1, quick)
  assert.deepEqual(names.addressesOf('db.test'), ['192.0.2.1'])
  server.zone.delete('db.test')
  await until('it is gone', () => names.addressesOf('db.test')?.length === 0, quick)
})

test('a name that nobody follows is asked for no more', async (t) => {
  const server = await nameServer(t)
  server.zone.set('db.test', ['192.0.2.1'])
  server.zone.set('other.test', ['192.0.2.2'])
  const { names } = externalNames(t, server)
  names.follow(new Set(['db.test', 'other.test']))
  await names.known(10_000)
  names.follow(new Set(['other.test']))
  const asked = server.asked.get('db.test')
  const others = server.asked.get('other.test') ?? 0
  await until('another look', () => (server.asked.get('other.test') ?? 0) > others + 1, quick)
  assert.equal(server.asked.get('db.test'), asked)
  assert.equal(names.addressesOf('db.test'), undefined)
})

test('a Service of type ExternalName follows its name without a reload', async (t) => {
  const server = await nameServer(t)
  const [first, second] = await backends(t, 2)
  server.zone.set('db.test', [first.address])
  const dir = await mkdtemp(join(tmpdir(), 'sluice-external-'))
  const manifests = await mkdtemp(join(dir, 'manifests-'))
  await writeFile(join(manifests, 'shop.yaml'), shop(first.port))
  const [http = 0, https = 0, status = 0] = await freePorts(3)
  const source = manifestSource(manifests, log)
  const made = await controller({
    options: {
      ...parse(runFlags, [], {}).options,
      'endpoint-updates': 'resolve',
      'state-dir': dir,
      'http-port': http,
      'https-port': https,
      'status-port': status,
    },
    source,
    mode: 'child',
    isLocal: true,
    nginx: (await nginxes()).at(-1)?.path ?? 'nginx',
    nameservers: [server.address],
    templateDir: undefined,
    leastGapMs: 0,
    log,
  })
  const over = new AbortController()
  const running = [source.start(over.signal), made.start(over.signal), made.startNginx(over.signal)]
  t.after(async () => {
    over.abort()
    await Promise.all(running)
    await made.close()
    await rm(dir, { recursive: true })
  })
  let reloads = 0
  made.loop.onPass(({ result }) => (reloads += result.kind === 'published' ? 1 : 0))
  const ask = () => request(http, '/', 'shop.test')
  const answering = ({ address }: { readonly address: string }) =>
    until(address, async () => (await ask())?.body === address, quick)

  await made.served
  assert.deepEqual(await ask(), { status: 200, body: first.address })
  await until('the list of the start is gone', () => reloads === 1, quick)
  server.zone.set('db.test', [second.address])
  await answering(second)
  server.zone.delete('db.test')
  await until('503', async () => (await ask())?.status === 503, quick)
  server.zone.set('db.test', [first.address])
  await answering(first)
  assert.equal(reloads, 1)
})

const shop = (port: number): string => `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: nginx }
spec: { controller: k8s.io/ingress-nginx }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec:
  ingressClassName: nginx
  defaultBackend: { service: { name: db, port: { number: 80 } } }
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { type: ExternalName, externalName: db.test, ports: [{ port: 80, targetPort: ${port} }] }
`
