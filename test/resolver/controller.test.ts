// Endpoints through the whole program, from manifests to the nginx that it runs.

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { resolverHosts } from '../../src/model/loopback.ts'
import { workersOf } from '../../src/nginx/processes.ts'
import type { Endpoint } from '../../src/resolver/answer.ts'
import { nginxes } from '../support/nginx.ts'
import { host, request, shop } from '../support/shop.ts'
import type { Shop } from '../support/shop.ts'
import { until } from '../support/until.ts'
import { backends } from './stand.ts'

const nginx = (await nginxes()).at(-1)?.path ?? 'nginx'
const quick = { everyMs: 5 }

/** Service `name`; its port leads to the pods' port `web`, which says itself which number it has. */
const service = (name: string, endpoints: readonly Endpoint[], more = ''): string =>
  `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { ports: [{ name: http, port: 80, targetPort: web }] ${more} }
---
` +
  [...new Set(endpoints.map(({ port }) => port))]
    .map(
      (port) => `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-${port}, namespace: shop, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: http, port: ${port} }]
endpoints:
${endpoints
  .filter((each) => each.port === port)
  .map(({ address }) => `  - addresses: [${address}]`)
  .join('\n')}
---
`,
    )
    .join('')

const write = async (at: Shop, file: string, text: string): Promise<void> => {
  await writeFile(join(at.dir, '..', 'next-of-all'), text)
  await rename(join(at.dir, '..', 'next-of-all'), join(at.dir, file))
}
const ingress = (backend: string, annotations = ''): string => `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: nginx }
spec: { controller: k8s.io/ingress-nginx }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop, annotations: { ${annotations} } }
spec:
  ingressClassName: nginx
  rules:
    - host: shop.example.com
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: ${backend}, port: { number: 80 } } } }] }
`

const answering = (at: Shop, body: string) =>
  until(`${body} answers`, async () => (await at.ask('/'))?.body === body, quick)
const ready = (at: Shop) => until('ready', async () => (await at.probe('/readyz')) === 200, quick)
const reloads = async (at: Shop): Promise<number> => {
  const { body = '' } = (await request(at.healthPort, '/metrics')) ?? {}
  return Number(/^nginx_ingress_controller_success\{.*\} (\d+)$/m.exec(body)?.[1])
}

/** Asks on connections of their own until it is stopped; then tells what was no good answer. */
function traffic(t: TestContext, at: Shop): { readonly stop: () => Promise<readonly unknown[]> } {
  const over = new AbortController()
  t.after(() => over.abort())
  const failed: unknown[] = []
  const running = (async () => {
    while (!over.signal.aborted) {
      const answer = await at.ask('/')
      if (answer?.status !== 200) failed.push(answer)
    }
  })()
  return {
    stop: async () => {
      over.abort()
      await running
      return failed
    },
  }
}

const workers = async (at: Shop): Promise<readonly number[]> => {
  const master = Number(await readFile(join(at.stateDir, 'nginx.pid'), 'utf8'))
  return workersOf({ pid: master, startTime: '' }).map(({ pid }) => pid)
}

async function started(t: TestContext, endpoints: readonly Endpoint[]): Promise<Shop> {
  const at = await shop(t, nginx)
  await write(at, 'ingress.yaml', ingress('web'))
  await write(at, 'web.yaml', service('web', endpoints))
  at.run('--endpoint-updates=resolve')
  await ready(at)
  // Until nginx was told of a new upstream, its endpoints are listed.
  await until('the list is gone', async () => (await reloads(at)) === 1, quick)
  return at
}

test('endpoints come and go without a reload, on whatever port', async (t) => {
  const [first, second] = await backends(t, 2)
  const [elsewhere] = await backends(t, 1, { net: 12 })
  const at = await started(t, [first])
  assert.deepEqual(await at.ask('/'), { status: 200, body: first.address })
  const before = await reloads(at)
  await write(at, 'web.yaml', service('web', [second]))
  await answering(at, second.address)
  await write(at, 'web.yaml', service('web', []))
  await until('503', async () => (await at.ask('/'))?.status === 503, quick)
  await write(at, 'web.yaml', service('web', [elsewhere, first]))
  await answering(at, elsewhere.address)
  await answering(at, first.address)
  assert.equal(await reloads(at), before)
  const { body = '' } = (await request(at.healthPort, '/metrics')) ?? {}
  assert.match(body, /^sluice_resolver_messages_total\{.*kind="answers"\} [1-9]/m)

  const listed = async () => await readFile(join(at.stateDir, 'endpoints'), 'utf8')
  const addresses = `${elsewhere.address}:${elsewhere.port}`
  await until('the list', async () => (await listed()).includes(addresses))
  assert.match(
    await listed(),
    /^[0-9a-f]{8}_shop_web_80 [0-9a-f]{32}\.sluice\.internal shop\/web:80 /m,
  )
})

test('who may not enter gets 503 while there are no endpoints, and 403 while there are, without a reload', async (t) => {
  const [first] = await backends(t, 1)
  const at = await started(t, [first])
  const closed = 'nginx.ingress.kubernetes.io/whitelist-source-range: 192.0.2.1'
  await write(at, 'ingress.yaml', ingress('web', closed))
  const refused = (status: number) =>
    until(String(status), async () => (await at.ask('/'))?.status === status, quick)
  await until('the reload', async () => (await reloads(at)) === 2, quick)
  await refused(403)
  const before = await reloads(at)
  await write(at, 'web.yaml', service('web', []))
  await refused(503)
  await write(at, 'web.yaml', service('web', [first]))
  await refused(403)
  assert.equal(await reloads(at), before)
})

test('an Ingress that moves to another Service is answered all the time', async (t) => {
  const [first, second] = await backends(t, 2)
  const at = await started(t, [first])
  await write(at, 'other.yaml', service('other', [second]))
  const clients = traffic(t, at)
  for (let i = 0; i < 2; i++) {
    await write(at, 'ingress.yaml', ingress('other'))
    await answering(at, second.address)
    await write(at, 'ingress.yaml', ingress('web'))
    await answering(at, first.address)
  }
  assert.deepEqual(await clients.stop(), [])
})

test('a controller that was killed is missed by nobody, and its successor goes on', async (t) => {
  const [first, second, third] = await backends(t, 3)
  const at = await shop(t, nginx)
  await write(at, 'ingress.yaml', ingress('web'))
  await write(at, 'web.yaml', service('web', [first]))
  let running = at.run('--endpoint-updates=resolve')
  await ready(at)
  await until('the list is gone', async () => (await reloads(at)) === 1, quick)
  const clients = traffic(t, at)
  const before = await workers(at)
  for (const [old, next] of [
    [first, second],
    [second, third],
  ] as const) {
    running.kill('SIGKILL')
    await running.ended
    await write(at, 'web.yaml', service('web', [next]))
    assert.deepEqual(await at.ask('/'), { status: 200, body: old.address })
    running = at.run('--endpoint-updates=resolve')
    await answering(at, next.address)
    await ready(at)
    assert.equal((await at.ask('/'))?.body, next.address)
  }
  assert.deepEqual(await clients.stop(), [])
  assert.deepEqual(await workers(at), before)
})

test('endpoints change in the middle of reloads, and nobody notices', async (t) => {
  const [first, second] = await backends(t, 2)
  const at = await started(t, [first])
  const clients = [traffic(t, at), traffic(t, at)]
  const before = await reloads(at)
  for (let i = 1; i <= 4; i++) {
    const next = i % 2 === 0 ? first : second
    const size = `nginx.ingress.kubernetes.io/proxy-body-size: ${10 + i}m`
    await write(at, 'ingress.yaml', ingress('web', size))
    await write(at, 'web.yaml', service('web', [next]))
    await until('the reload', async () => (await reloads(at)) === before + i, quick)
    await answering(at, next.address)
    assert.equal((await at.ask('/'))?.body, next.address)
  }
  for (const each of clients) assert.deepEqual(await each.stop(), [])
})

test('what left the configuration is told of until the last worker that may use it is gone', async (t) => {
  const [first, second, third] = await backends(t, 3)
  const at = await started(t, [first])
  await write(at, 'other.yaml', service('other', [second]))
  const download = get({
    host: '127.0.0.1',
    port: at.httpPort,
    path: '/endless',
    headers: { host },
  })
  const [answer] = (await once(download, 'response')) as [IncomingMessage]
  answer.on('error', () => undefined).resume()
  const before = await workers(at)

  await write(at, 'ingress.yaml', ingress('other'))
  await answering(at, second.address)
  const listed = async () => await readFile(join(at.stateDir, 'endpoints'), 'utf8')
  await until('the new name', async () => (await listed()).includes(' shop/other:80 '), quick)
  // It is still told of changes, which wait for a sweep or two.
  for (const each of [third, first, third]) {
    await write(at, 'web.yaml', service('web', [each]))
    await until('told', async () => (await listed()).includes(`shop/web:80 ${each.address}`), quick)
  }
  assert.ok((await workers(at)).some((pid) => before.includes(pid)))

  answer.destroy()
  await until('forgotten', async () => !(await listed()).includes(' shop/web:80 '), quick)
  assert.ok(!(await workers(at)).some((pid) => before.includes(pid)))
})

test('where the addresses of the resolver are taken, changes of endpoints are reloads', async (t) => {
  const [first, second] = await backends(t, 2)
  const at = await shop(t, nginx)
  const taken = createSocket('udp4').bind(at.statusPort, resolverHosts[0])
  await once(taken, 'listening')
  t.after(() => taken.close())
  await write(at, 'ingress.yaml', ingress('web'))
  await write(at, 'web.yaml', service('web', [first]))
  const { log } = at.run()
  await ready(at)
  assert.ok(log.some(({ msg }) => msg.startsWith('changes of endpoints will be reloads')))
  await write(at, 'web.yaml', service('web', [second]))
  await answering(at, second.address)
})

test('without endpoints every protocol answers 503', async (t) => {
  const at = await shop(t, nginx)
  const protocols = ['HTTP', 'HTTPS', 'GRPC', 'GRPCS']
  for (const protocol of protocols) {
    const name = protocol.toLowerCase()
    const text = ingress(name, `nginx.ingress.kubernetes.io/backend-protocol: ${protocol}`)
      .replace('name: web,', `name: ${name},`)
      .replace('path: /,', `path: /${name},`)
    await write(at, `${name}.yaml`, service(name, []))
    await write(
      at,
      `${name}-ingress.yaml`,
      protocol === 'HTTP' ? text : text.slice(text.indexOf('---')),
    )
  }
  at.run('--endpoint-updates=resolve')
  await ready(at)
  for (const protocol of protocols)
    assert.equal((await at.ask(`/${protocol.toLowerCase()}`))?.status, 503, protocol)
})
