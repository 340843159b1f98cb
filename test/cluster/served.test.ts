import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from 'node:tls'
import { cluster, noCluster } from '../support/cluster.ts'
import { nginxes } from '../support/nginx.ts'
import { ask, startSluice } from '../support/program.ts'
import type { Program } from '../support/program.ts'
import { until } from '../support/until.ts'
import { compact } from './etcd.ts'
import { fixture } from './fixture.ts'
import type { Fixture } from './fixture.ts'
import { namespace } from './objects.ts'
import type { Made } from './objects.ts'
import { ingress, podAddress, service, shop, slice, startPods, tlsSecret } from './shop.ts'

/**
 * The whole program, with the rights of the manifests, between a real API server and a real nginx:
 * 200 Ingresses over 20 namespaces are served, every kind of change is followed, the loss of the API
 * server is survived, and after its history was compacted the result is that of a fresh start.
 */
const namespaces = Array.from({ length: 20 }, (_, i) => `tenant-${i}`)
const hosts = Array.from({ length: 200 }, (_, i) => ({
  number: i,
  namespace: `tenant-${i % 20}`,
  name: `web-${i}`,
  host: `web-${i}.test`,
  pod: podAddress(1 + i),
}))
/** The one that is deleted after the outage, and those that are not. */
const leaving = {
  namespace: 'tenant-19',
  name: 'web-199',
  host: 'web-199.test',
  pod: podAddress(200),
}
const staying = hosts.filter(({ name }) => name !== leaving.name)
/** How long the API server is away. */
const outageMs = 60_000

describe('200 Ingresses of a real API server', { skip: noCluster }, () => {
  let made: Fixture
  let pods: Server
  let sluice: Program
  let program = ''
  const flags = (): string[] => [
    `--kubeconfig=${made.kubeconfig}`,
    '--nginx-mode=child',
    '--configmap=sluice/nginx-configuration',
    '--v=2',
  ]
  const status = async (host: string): Promise<number> => (await ask(sluice.httpPort, host)).status
  const serves = (host: string, expected: number | string): Promise<unknown> =>
    until(`${host} to answer ${expected}`, async () => {
      const answer = await ask(sluice.httpPort, host)
      return typeof expected === 'number' ? answer.status === expected : answer.body === expected
    })

  before(async () => {
    made = await fixture()
    pods = await startPods()
    program = (await nginxes()).at(-1)?.path ?? ''
    await made.make(...namespaces.map((name) => namespace(name)))
    for (const { namespace, name, host, pod } of hosts)
      await made.make(...shop(namespace, name, host, pod))
    sluice = await startSluice(program, flags())
  })
  after(async () => {
    await sluice?.stop()
    pods?.closeAllConnections()
    pods?.close()
  })

  test('are all served from the first moment on, each by its own endpoint', async () => {
    await sluice.ready()
    for (const { host, pod } of hosts) {
      assert.deepEqual(await ask(sluice.httpPort, host), { status: 200, body: pod })
    }
    assert.equal(await status('nobody.test'), 404)
  })

  test('an Ingress that comes, moves and goes is followed', async () => {
    const one = ingress('tenant-0', 'late', 'late.test', 'web-0')
    await made.make(one)
    await serves('late.test', podAddress(1))
    await made.replace(ingress('tenant-0', 'late', 'later.test', 'web-20'))
    await serves('later.test', podAddress(21))
    await serves('late.test', 404)
    await made.remove(one)
    await serves('later.test', 404)
  })

  test('endpoints that change, go and come back are followed', async () => {
    const one = slice('tenant-1', 'web-1', [podAddress(2)])
    await made.replace(slice('tenant-1', 'web-1', [podAddress(240)]))
    await serves('web-1.test', podAddress(240))
    await made.replace(slice('tenant-1', 'web-1', []))
    await serves('web-1.test', 503)
    await made.replace(one)
    await serves('web-1.test', podAddress(2))
    await made.remove(one)
    await serves('web-1.test', 503)
    await made.make(one)
    await serves('web-1.test', podAddress(2))
  })

  test('a Service that goes and comes back is followed', async () => {
    const one = service('tenant-2', 'web-2')
    await made.remove(one)
    await serves('web-2.test', 503)
    await made.make(one)
    await serves('web-2.test', podAddress(3))
  })

  test('a Secret that comes, is renewed and goes is followed', async () => {
    await made.replace(
      ingress('tenant-3', 'web-3', 'web-3.test', 'web-3', {
        tls: [{ hosts: ['web-3.test'], secretName: 'cert' }],
      }),
    )
    const first = tlsSecret('tenant-3', 'cert', 'web-3.test')
    const shows = (
      what: string,
      isIt: (serial: string, subject: string) => boolean,
    ): Promise<unknown> =>
      until(what, async () => {
        const { serialNumber, subject } = await certificate(sluice.httpsPort, 'web-3.test')
        return isIt(serialNumber, subject) && serialNumber
      })
    const fallback = (_: string, subject: string): boolean => subject.includes('Fake Certificate')
    await shows('the default certificate', fallback)
    await made.make(first)
    const serial = await shows('its own certificate', (_, subject) => subject === 'web-3.test')
    await made.replace(tlsSecret('tenant-3', 'cert', 'web-3.test'))
    await shows('the renewed one', (now, subject) => subject === 'web-3.test' && now !== serial)
    await made.remove(first)
    await shows('the default certificate again', fallback)
    await made.replace(ingress('tenant-3', 'web-3', 'web-3.test', 'web-3'))
    await serves('web-3.test', podAddress(4))
  })

  test('the ConfigMap is followed', async () => {
    const configMap = (data: Readonly<Record<string, string>>): Made => ({
      path: '/api/v1/namespaces/sluice/configmaps',
      body: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: 'sluice', name: 'nginx-configuration' },
        data,
      },
    })
    const has = (line: string): Promise<unknown> =>
      until(line, async () => (await conf(sluice)).includes(line))
    await made.make(configMap({ 'proxy-read-timeout': '77' }))
    await has('proxy_read_timeout 77s;')
    await made.replace(configMap({ 'proxy-read-timeout': '78' }))
    await has('proxy_read_timeout 78s;')
    await made.remove(configMap({}))
    await has('proxy_read_timeout 60s;')
  })

  test('an IngressClass that goes takes its Ingresses with it', async () => {
    const body = JSON.parse(
      await cluster().kubectl('get', 'ingressclass', 'nginx', '-o', 'json'),
    ) as {
      readonly metadata: { readonly name: string }
      readonly spec: unknown
    }
    const one: Made = {
      path: '/apis/networking.k8s.io/v1/ingressclasses',
      body: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name: 'nginx' },
        spec: body.spec,
      },
    }
    await made.remove(one)
    await serves('web-5.test', 404)
    await made.make(one)
    await serves('web-5.test', podAddress(6))
  })

  test('traffic goes on while the API server is away, and afterwards all is as if freshly started', async (t) => {
    const { apiServer } = made.cluster
    if (apiServer === undefined) {
      t.skip('somebody else runs the API server')
      return
    }
    let [asked, failed] = [0, 0]
    const stopTraffic = new AbortController()
    const traffic = (async () => {
      while (!stopTraffic.signal.aborted) {
        const { host, pod } = staying[asked % staying.length] ?? leaving
        const answer = await ask(sluice.httpPort, host).catch(() => undefined)
        asked++
        if (answer?.status !== 200 || answer.body !== pod) failed++
        await delay(5)
      }
    })()

    try {
      await apiServer.stop()
      await sluice.logged('lost the API server')
      await compact()
      await delay(outageMs / 4)
      const before = await conf(sluice)
      await delay((outageMs * 3) / 4)
      assert.equal(await conf(sluice), before, 'what is served stays as it was')
      const from = sluice.log.length
      await apiServer.start()
      await made.make(...shop('tenant-0', 'after', 'after.test', podAddress(250)))
      await made.remove(ingress(leaving.namespace, leaving.name, leaving.host, leaving.name))
      await serves('after.test', podAddress(250))
      await serves(leaving.host, 404)
      await sluice.logged('listed', from)
      await until('enough requests', () => asked > 1000, { timeoutMs: 120_000 })
    } finally {
      stopTraffic.abort()
      await traffic
    }
    t.diagnostic(`${asked} requests during the outage, ${failed} failed`)

    const fresh = await startSluice(program, flags())
    try {
      await fresh.ready()
      await until(
        'the same as a fresh start',
        async () => normalised(await conf(sluice), sluice) === normalised(await conf(fresh), fresh),
      )
    } finally {
      await fresh.stop()
    }
    assert.equal(failed, 0)
  })
})

const conf = (sluice: Program): Promise<string> =>
  readFile(join(sluice.stateDir, 'current', 'nginx.conf'), 'utf8')

/** Without what two controllers on one machine must not share. */
function normalised(text: string, { stateDir, httpPort, httpsPort }: Program): string {
  return text
    .replaceAll(stateDir, 'STATE')
    .replaceAll(String(httpPort), 'HTTP')
    .replaceAll(String(httpsPort), 'HTTPS')
    .replaceAll(/(127\.\d+\.\d+\.\d+):\d+/g, '$1:STATUS') // where the two of each meet
    .replace(/return 200 [0-9a-f]{64};/, 'return 200 GENERATION;')
}

function certificate(
  port: number,
  servername: string,
): Promise<{ readonly serialNumber: string; readonly subject: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: '127.0.0.1', port, servername, rejectUnauthorized: false },
      () => {
        const { serialNumber, subject } = socket.getPeerCertificate()
        socket.end()
        resolve({ serialNumber, subject: String(subject.CN) })
      },
    )
    socket.once('error', reject)
  })
}
