import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { noCluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'
import { fixture, run } from './fixture.ts'
import type { Fixture, Line } from './fixture.ts'
import * as a from './objects.ts'

const role = (namespace: string, rules: string): string => `
apiVersion: v1
kind: Namespace
metadata: {name: ${namespace}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader, namespace: ${namespace}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: ${namespace}}
rules:
${rules}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: reader, namespace: ${namespace}}]
`

const exceptSecrets = `
- {apiGroups: [''], resources: [services, configmaps], verbs: [list, watch]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
- {apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [list, watch]}`
const secrets = `
- {apiGroups: [''], resources: [secrets], verbs: [list, watch]}`

const said = (lines: readonly Line[], level: string, rule: string): boolean =>
  lines.some((line) => line.level === level && line.fields['rule'] === rule)

describe('what the API server refuses', { skip: noCluster }, () => {
  let made: Fixture
  before(async () => {
    made = await fixture()
  })

  test('a role without IngressClasses is enough; they count from when they may be read', async (t) => {
    const ns = 'no-classes'
    await made.cluster.apply(role(ns, exceptSecrets + secrets))
    await made.make(a.ingress(ns, 'web', 'a.example'))
    const kubeconfig = await made.cluster.kubeconfigOf(ns, 'reader')
    const { source, lines } = run(t, { kubeconfig, watchNamespace: ns })
    await source.synced
    assert.equal(source.snapshot().ingressClasses, undefined)
    assert.equal(source.snapshot().ingresses.length, 1)
    const rule = 'list and watch ingressclasses.networking.k8s.io'
    assert.ok(said(lines, 'warn', rule))

    await made.cluster.kubectl(
      'create',
      'clusterrole',
      'class-reader',
      '--verb=list,watch',
      '--resource=ingressclasses.networking.k8s.io',
    )
    await made.cluster.kubectl(
      'create',
      'clusterrolebinding',
      'class-reader',
      '--clusterrole=class-reader',
      `--serviceaccount=${ns}:reader`,
    )
    await until('classes', () => source.snapshot().ingressClasses?.has('nginx'))
    assert.equal(lines.filter(({ level }) => level === 'warn').length, 1)
  })

  test('another missing rule is named, and asked for until it is there', async (t) => {
    const ns = 'no-secrets'
    await made.cluster.apply(role(ns, exceptSecrets))
    await made.make(a.secret(ns, 's', 'x'))
    const kubeconfig = await made.cluster.kubeconfigOf(ns, 'reader')
    const { source, lines } = run(t, { kubeconfig, watchNamespace: ns })
    await until('the complaint', () => said(lines, 'error', 'list and watch secrets'))
    assert.equal(source.isSynced, false)

    await made.cluster.apply(role(ns, exceptSecrets + secrets))
    await source.synced
    assert.ok(source.snapshot().secrets.has('no-secrets/s'))
  })

  test('credentials that were replaced are read again', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-rights-'))
    t.after(() => rm(dir, { recursive: true }))
    const good = await readFile(made.kubeconfig, 'utf8')
    const kubeconfig = join(dir, 'kubeconfig')
    await writeFile(kubeconfig, good.replace(/token: .*/, 'token: expired'))
    await chmod(kubeconfig, 0o600)
    const { source, lines } = run(t, { kubeconfig })
    await until('a refusal', () =>
      lines.some(({ fields }) => /Unauthorized/.test(String(fields['error']))),
    )
    await writeFile(kubeconfig, good)
    await source.synced
    assert.ok(!JSON.stringify(lines).includes(/token: (.*)/.exec(good)?.[1] ?? ''))
  })

  test('a token file that rotates is followed', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-rights-'))
    t.after(() => rm(dir, { recursive: true }))
    const given = await readFile(made.kubeconfig, 'utf8')
    const token = /token: (.*)/.exec(given)?.[1] ?? ''
    await writeFile(join(dir, 'token'), 'expired')
    await writeFile(join(dir, 'kubeconfig'), given.replace(/token: .*/, `tokenFile: token`))
    const { source, lines } = run(t, { kubeconfig: join(dir, 'kubeconfig') })
    await until('a refusal', () =>
      lines.some(({ fields }) => /Unauthorized/.test(String(fields['error']))),
    )
    await writeFile(join(dir, 'token'), `${token}\n`)
    await source.synced
  })

  test('settings that can never work end the start', async () => {
    const { apiSource } = await import('../../src/cluster/api.ts')
    const { quiet } = await import('../support/quiet.ts')
    const start = (settings: object) =>
      apiSource({ syncPeriodMs: 0, ...settings }, quiet).start(AbortSignal.timeout(30_000))
    await assert.rejects(start({ kubeconfig: '/nowhere' }), /cannot read kubeconfig \/nowhere/)
    await assert.rejects(start({ apiserverHost: 'not a url' }), /expected a URL/)
    await assert.rejects(start({}), /not in a pod/)
    await assert.rejects(
      start({ kubeconfig: made.kubeconfig, watchNamespace: 'a', watchNamespaceSelector: 'b' }),
      /exclude each other/,
    )
  })
})
