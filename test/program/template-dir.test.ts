import assert from 'node:assert/strict'
import { copyFile, cp, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { nginxes } from '../support/nginx.ts'
import { ask, startSluice } from '../support/program.ts'
import type { Sluice } from '../support/program.ts'
import { until } from '../support/until.ts'

const templates = fileURLToPath(new URL('../../templates/', import.meta.url))
const backend = createServer((_, response) => response.end('web\n'))

before(async () => {
  backend.listen(0, '127.0.0.1')
  await new Promise((resolve) => backend.once('listening', resolve))
})
after(() => backend.close())

/** One Ingress to `backend`, and a folder with a copy of one template. */
async function prepare(): Promise<{
  readonly manifests: string
  readonly overrides: string
  readonly root: string
}> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-templates-'))
  const [manifests, overrides] = [join(root, 'manifests'), join(root, 'templates')]
  await Promise.all([mkdir(manifests), mkdir(overrides)])
  await copyFile(join(templates, 'location.hbs'), join(overrides, 'location.hbs'))
  const { port } = backend.address() as AddressInfo
  await writeFile(
    join(manifests, 'shop.yaml'),
    `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: nginx }
spec: { controller: k8s.io/ingress-nginx }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, namespace: shop, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ port: ${port} }]
endpoints: [{ addresses: [127.0.0.1] }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec:
  ingressClassName: nginx
  rules:
    - host: shop.test
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] }
`,
  )
  return { root, manifests, overrides }
}

const current = (sluice: Sluice): Promise<string> => readlink(join(sluice.stateDir, 'current'))
const conf = (sluice: Sluice): Promise<string> =>
  readFile(join(sluice.stateDir, 'current', 'nginx.conf'), 'utf8')
describe('a template of the user', async () => {
  for (const nginx of await nginxes()) {
    test(`that nginx refuses changes nothing, and the next good one goes live (nginx ${nginx.version})`, async () => {
      const { root, manifests, overrides } = await prepare()
      const sluice = await startSluice(nginx.path, [
        `--manifests=${manifests}`,
        `--template-dir=${overrides}`,
      ])
      try {
        await sluice.ready()
        const good = await current(sluice)
        const location = await readFile(join(overrides, 'location.hbs'), 'utf8')

        await writeFile(join(overrides, 'location.hbs'), location.replace('location ', 'lokation '))
        const refused = await until('the refusal', () =>
          sluice.log.find(
            (line) =>
              line['code'] === 'configuration-rejected' ||
              JSON.stringify(line).includes('lokation'),
          ),
        )
        assert.match(JSON.stringify(refused), /unknown directive .+lokation/)
        assert.match(JSON.stringify(refused), /line \d+/, 'the report names the line')
        assert.equal(await current(sluice), good)
        assert.deepEqual(await ask(sluice.httpPort, 'shop.test'), { status: 200, body: 'web\n' })

        await writeFile(join(overrides, 'location.hbs'), `# mine\n${location}`)
        await until('the good one to go live', async () => (await conf(sluice)).includes('# mine'))
        assert.deepEqual(await ask(sluice.httpPort, 'shop.test'), { status: 200, body: 'web\n' })
      } finally {
        await sluice.stop()
        await rm(root, { recursive: true })
      }
    })

    test(`that does not compile is refused with its place (nginx ${nginx.version})`, async () => {
      const { root, manifests, overrides } = await prepare()
      const sluice = await startSluice(nginx.path, [
        `--manifests=${manifests}`,
        `--template-dir=${overrides}`,
      ])
      try {
        await sluice.ready()
        const good = await current(sluice)
        for (const [text, place] of [
          ['{{#each directives}}\n', /location\.hbs: .*line 2|location\.hbs: Parse error/],
          ['# {{nobody}}\n', /location\.hbs.*nobody|nobody.*1:/],
        ] as const) {
          const from = sluice.log.length
          await writeFile(join(overrides, 'location.hbs'), text)
          const line = await until('the refusal', () =>
            sluice.log.slice(from).find((one) => one['level'] === 'error'),
          )
          assert.match(JSON.stringify(line), place)
          assert.equal(await current(sluice), good)
        }
        await cp(join(templates, 'location.hbs'), join(overrides, 'location.hbs'))
        assert.deepEqual(await ask(sluice.httpPort, 'shop.test'), { status: 200, body: 'web\n' })
      } finally {
        await sluice.stop()
        await rm(root, { recursive: true })
      }
    })
  }
})
