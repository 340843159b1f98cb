// Services of type ExternalName through the whole program: Sluice looks their names up, and nginx is told
// of their addresses or, where it resolves names itself, of the names that it is to resolve.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import { manifestSource } from '../../src/cluster/manifests.ts'
import { controller } from '../../src/controller/controller.ts'
import { diagnosticText } from '../../src/diagnostics.ts'
import { runFlags } from '../../src/options/flags.ts'
import { parse } from '../../src/options/parse.ts'
import { freePorts } from '../support/free-ports.ts'
import { nginxes } from '../support/nginx.ts'
import { request } from '../support/shop.ts'
import { until } from '../support/until.ts'
import { nameServer } from './name-server.ts'
import type { NameServer } from './name-server.ts'
import { backends } from './stand.ts'

const log = pino({ level: 'silent' })
const quick = { everyMs: 5 }
const ofPod = { search: ['sluice.svc.cluster.test', 'svc.cluster.test'], ndots: 5 }

interface Stand {
  readonly reloads: number
  /** `200 127.0.9.1`: the status, and what the backend says. */
  ask(): Promise<string>
  /** Waits for that answer. */
  answers(answer: string): Promise<void>
  diagnostics(): readonly string[]
  /** What stands in the file for people. */
  listed(): Promise<string>
  /** nginx confirmed that it serves a bundle. */
  readonly served: Promise<void>
}

/** How something leads to the Service: an Ingress with these annotations, or flags alone. */
type Way =
  | {
      readonly annotations?: Readonly<Record<string, string>>
      /** More objects. */
      readonly beside?: readonly string[]
    }
  | { readonly flag: string }

/** The program in front of a Service that leads to `externalName`. */
async function stand(
  t: TestContext,
  server: NameServer,
  { nginx, mode }: { readonly nginx: string; readonly mode: 'resolve' | 'reload' },
  externalName: string,
  port: number,
  way: Way = {},
): Promise<Stand> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-external-'))
  const manifests = await mkdtemp(join(dir, 'manifests-'))
  const others = 'flag' in way ? [] : [...shop(way.annotations ?? {}), ...(way.beside ?? [])]
  const objects = [...others, service(externalName, port)]
  await writeFile(join(manifests, 'shop.yaml'), objects.join('---\n'))
  const [http = 0, https = 0, status = 0] = await freePorts(3)
  const source = manifestSource(manifests, log)
  const made = await controller({
    options: {
      ...parse(runFlags, 'flag' in way ? [way.flag] : [], {}).options,
      'endpoint-updates': mode,
      'state-dir': dir,
      'http-port': http,
      'https-port': https,
      'status-port': status,
    },
    source,
    mode: 'child',
    isLocal: true,
    nginx,
    resolvConf: server.resolvConf,
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
  const ask = async (): Promise<string> => {
    const { status: code = 0, body = '' } = (await request(http, '/', 'shop.test')) ?? {}
    return code === 200 ? `${code} ${body}` : String(code)
  }
  return {
    get reloads() {
      return reloads
    },
    ask,
    answers: async (answer) => {
      await until(answer, async () => (await ask()) === answer, quick)
    },
    diagnostics: () => made.loop.diagnostics.map(diagnosticText),
    listed: () => readFile(join(dir, 'endpoints'), 'utf8'),
    served: made.served,
  }
}

const programs = await nginxes()
const newest = programs.at(-1)?.path ?? 'nginx'

void test('a Service of type ExternalName follows its name without a reload', async (t) => {
  const server = await nameServer(t)
  const [first, second] = await backends(t, 2)
  server.zone.set('db.test', [first.address])
  const it = await stand(t, server, { nginx: newest, mode: 'resolve' }, 'db.test', first.port)
  await it.served
  assert.equal(await it.ask(), `200 ${first.address}`)
  await until('the list of the start is gone', () => it.reloads === 1, quick)
  server.zone.set('db.test', [second.address])
  await it.answers(`200 ${second.address}`)
  server.zone.delete('db.test')
  await it.answers('503')
  server.zone.set('db.test', [first.address])
  await it.answers(`200 ${first.address}`)
  assert.equal(it.reloads, 1)
})

void test('what upstream-hash-by tells apart goes to one of the addresses of a name', async (t) => {
  const server = await nameServer(t)
  const all = await backends(t, 3)
  server.zone.set(
    'db.test',
    all.map(({ address }) => address),
  )
  const way = { nginx: newest, mode: 'resolve' } as const
  const it = await stand(t, server, way, 'db.test', all[0].port, {
    annotations: { 'nginx.ingress.kubernetes.io/upstream-hash-by': '$request_uri' },
  })
  await it.served
  await until('the list of the start is gone', () => it.reloads === 1, quick)
  const answers = new Set<string>()
  for (let i = 0; i < 12; i++) answers.add(await it.ask())
  assert.equal(answers.size, 1, [...answers].join())
})

void suite('a canary', () => {
  const way = { nginx: newest, mode: 'resolve' } as const

  void test('without endpoints leaves all requests to a name', async (t) => {
    const server = await nameServer(t)
    const [db] = await backends(t, 1)
    server.zone.set('db.test', [db.address])
    const idle = canary('idle', '{ ports: [{ port: 80 }] }')
    const it = await stand(t, server, way, 'db.test', db.port, { beside: [idle] })
    await it.served
    await until('the list of the start is gone', () => it.reloads === 1, quick)
    for (let i = 0; i < 4; i++) assert.equal(await it.ask(), `200 ${db.address}`)
  })

  void test('that is a name gets requests while it has addresses', async (t) => {
    const server = await nameServer(t)
    const [db, fresh] = await backends(t, 2)
    server.zone.set('db.test', [db.address])
    const ports = `[{ port: 80, targetPort: ${db.port} }]`
    const spec = `{ type: ExternalName, externalName: new.test, ports: ${ports} }`
    const it = await stand(t, server, way, 'db.test', db.port, { beside: [canary('new', spec)] })
    await it.served
    await it.answers(`200 ${db.address}`)
    server.zone.set('new.test', [fresh.address])
    await it.answers(`200 ${fresh.address}`)
    server.zone.delete('new.test')
    await it.answers(`200 ${db.address}`)
  })
})

const ways = programs.flatMap(({ path, version }) =>
  (path === newest ? (['resolve', 'reload'] as const) : (['reload'] as const)).map((mode) => ({
    title: `${mode} on nginx ${version}`,
    nginx: path,
    mode,
  })),
)

for (const way of ways)
  void suite(way.title, () => {
    const without = way.mode === 'resolve' ? 503 : 502

    void test('a short name leads where the pod finds it', async (t) => {
      const server = await nameServer(t, ofPod)
      const [first] = await backends(t, 1)
      server.zone.set('db.prod.svc.cluster.test', [first.address])
      const it = await stand(t, server, way, 'DB.prod', first.port)
      await it.served
      await it.answers(`200 ${first.address}`)
      assert.deepEqual(it.diagnostics(), [])
      if (way.mode === 'resolve')
        await until('the file says so', async () =>
          (await it.listed()).includes(' db.prod: db.prod.svc.cluster.test\n'),
        )
    })

    void test('a name that does not exist is told, and served once it does', async (t) => {
      const server = await nameServer(t, ofPod)
      const [first] = await backends(t, 1)
      const it = await stand(t, server, way, 'db.prod', first.port)
      await it.served
      await it.answers(String(without))
      await until('it is told', () => it.diagnostics().length > 0, quick)
      const asked = 'db.prod.sluice.svc.cluster.test, db.prod.svc.cluster.test, db.prod'
      assert.deepEqual(it.diagnostics(), [
        `service shop/db (shop.yaml:14): spec.externalName: db.prod: DNS knows no address of it (asked for ${asked}); requests for it answer ${without}`,
      ])
      if (way.mode === 'resolve')
        await until('the file says so', async () => (await it.listed()).includes(asked))
      server.zone.set('db.prod.svc.cluster.test', [first.address])
      await it.answers(`200 ${first.address}`)
      await until('nothing is wrong', () => it.diagnostics().length === 0, quick)
    })

    void test('the default backend of everything may have a short name', async (t) => {
      const server = await nameServer(t, ofPod)
      const [first] = await backends(t, 1)
      server.zone.set('db.prod.svc.cluster.test', [first.address])
      const it = await stand(t, server, way, 'db.prod', first.port, {
        flag: '--default-backend-service=shop/db',
      })
      await it.served
      await it.answers(`200 ${first.address}`)
      assert.deepEqual(it.diagnostics(), [])
      server.zone.delete('db.prod.svc.cluster.test')
      await it.answers(String(without))
      await until('it is told', () => it.diagnostics().length > 0, quick)
      assert.match(
        it.diagnostics().join('\n'),
        /^service shop\/db .*: db\.prod: DNS knows no address/,
      )
    })

    void test('a full name is not completed', async (t) => {
      const server = await nameServer(t, ofPod)
      const [first, second] = await backends(t, 2)
      server.zone.set('db.test', [first.address])
      server.zone.set('db.test.svc.cluster.test', [second.address])
      const it = await stand(t, server, way, 'db.test.', first.port)
      await it.served
      await it.answers(`200 ${first.address}`)
    })

    void test('an alias of a forbidden address is told, and leads nowhere', async (t) => {
      const server = await nameServer(t, ofPod)
      server.zone.set('db.test', ['inside.test'])
      server.zone.set('inside.test', ['169.254.169.254'])
      const it = await stand(t, server, way, 'db.test', 80)
      await it.served
      await it.answers('503')
      await until('it is told', () => it.diagnostics().length > 0, quick)
      assert.match(it.diagnostics().join('\n'), /169\.254\.169\.254/)
    })

    void test('the server of auth-url follows its name, and nobody passes where it leads nowhere', async (t) => {
      const server = await nameServer(t, ofPod)
      const [db, first] = await backends(t, 2)
      server.zone.set('db.test', [db.address])
      server.zone.set('auth.prod.svc.cluster.test', [first.address])
      const it = await stand(t, server, way, 'db.test', db.port, {
        annotations: {
          'nginx.ingress.kubernetes.io/auth-url': `http://auth.prod:${first.port}/check?of=$request_uri`,
        },
      })
      await it.served
      await it.answers(`200 ${db.address}`)
      server.zone.set('auth.prod.svc.cluster.test', ['169.254.169.254'])
      await until('nobody passes', async () => /^50[03]$/.test(await it.ask()), quick)
      await until('it is told', () => it.diagnostics().length > 0, quick)
      assert.match(it.diagnostics().join('\n'), /auth\.prod.*169\.254\.169\.254/)
      server.zone.set('auth.prod.svc.cluster.test', [first.address])
      await it.answers(`200 ${db.address}`)
    })
  })

/** All requests of the other Ingress go to `service`, which `spec` describes. */
const canary = (service: string, spec: string): string => `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: canary
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/canary: 'true'
    nginx.ingress.kubernetes.io/canary-weight: '100'
spec:
  ingressClassName: nginx
  rules: [{ host: shop.test, http: { paths: [${toService(service)}] } }]
---
apiVersion: v1
kind: Service
metadata: { name: ${service}, namespace: shop }
spec: ${spec}
`

const toService = (name: string): string =>
  `{ path: /, pathType: Prefix, backend: { service: { name: ${name}, port: { number: 80 } } } }`

const shop = (annotations: Readonly<Record<string, string>>): readonly string[] => [
  `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: nginx }
spec: { controller: k8s.io/ingress-nginx }
`,
  `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop, annotations: ${JSON.stringify(annotations)} }
spec:
  ingressClassName: nginx
  rules: [{ host: shop.test, http: { paths: [${toService('db')}] } }]
`,
]

const service = (externalName: string, port: number): string => `apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { type: ExternalName, externalName: ${externalName}, ports: [{ port: 80, targetPort: ${port} }] }
`
