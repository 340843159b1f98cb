import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import packageJson from '../package.json' with { type: 'json' }
import { runFlags } from '../src/options/flags.ts'
import { parse } from '../src/options/parse.ts'

interface Container {
  readonly image: string
  readonly args: readonly string[]
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
  readonly securityContext: Readonly<Record<string, unknown>>
}
interface PodSpec {
  readonly automountServiceAccountToken: boolean
  readonly initContainers: readonly [Container]
  readonly containers: readonly [Container]
}
interface Manifest {
  readonly kind: string
  readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: string[] }[]
  readonly spec: { readonly template: { readonly spec: PodSpec } }
}

const root = new URL('../', import.meta.url)
const manifests = parseAllDocuments(await readFile(new URL('manifests/deploy.yaml', root), 'utf8'))
  .map((document) => document.toJS() as Manifest | null)
  .filter((manifest) => manifest !== null)
const pod = only('Deployment').spec.template.spec
const [controller] = pod.initContainers
const [nginx] = pod.containers

test('deploy.yaml is what its folder says', async () => {
  const script = fileURLToPath(new URL('manifests/build.ts', root))
  await promisify(execFile)(process.execPath, [script, '--check'])
})

test('its images are this version, and the nginx of the Dockerfile', async () => {
  const dockerfile = await readFile(new URL('docker/Dockerfile', root), 'utf8')
  assert.equal(controller.image, `sluice:${packageJson.version}`)
  assert.match(dockerfile, new RegExp(`^ARG NGINX_IMAGE=${nginx.image}$`, 'm'))
})

test('bin/sluice starts Node as the image does', async () => {
  const dockerfile = await readFile(new URL('docker/Dockerfile', root), 'utf8')
  const launcher = await readFile(new URL('bin/sluice', root), 'utf8')
  const [, ...flags] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]') as string[]
  const variables = [...dockerfile.matchAll(/^ENV (.*)$/gm)].map(([, each]) => each)
  assert.ok(launcher.includes(`export ${variables.join(' ')}\n`))
  assert.ok(launcher.includes(`exec "$node" ${flags.slice(0, -1).join(' ')} "$root/src/main.ts"`))
})

test('its arguments are flags that Sluice has', () => {
  const [command, ...args] = controller.args
  assert.equal(command, 'run')
  const resolved = args.map((arg) => arg.replace('$(POD_NAMESPACE)', 'sluice'))
  const { given } = parse(runFlags, resolved, {})
  assert.equal(given.get('configmap'), 'sluice/nginx-configuration')
})

test('the token is mounted for the controller alone', () => {
  assert.equal(pod.automountServiceAccountToken, false)
  assert.ok(controller.volumeMounts.some(({ name }) => name === 'token'))
  assert.ok(!nginx.volumeMounts.some(({ name }) => name === 'token'))
})

test('the cluster-wide rights are to read, and to tell the owners of Ingresses', () => {
  const rights = only('ClusterRole').rules.flatMap(({ resources, verbs }) =>
    resources.map((resource) => `${resource}: ${verbs.join(' ')}`),
  )
  assert.deepEqual(rights.toSorted(), [
    'configmaps: list watch',
    'endpointslices: list watch',
    'events: create patch',
    'ingressclasses: list watch',
    'ingresses/status: update',
    'ingresses: list watch',
    'namespaces: list watch',
    'secrets: list watch',
    'services: list watch',
  ])
})

function only(kind: string): Manifest {
  const [manifest, ...others] = manifests.filter((manifest) => manifest.kind === kind)
  if (manifest === undefined || others.length > 0) throw new Error(`expected one ${kind}`)
  return manifest
}
