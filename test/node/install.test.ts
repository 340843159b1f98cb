import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { cluster, noCluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'
import * as sluice from './installation.ts'

const host = 'shop.example.com'

suite('an operator applies the manifests and nothing else', { skip: noCluster }, () => {
  const { kubectl, apply, inside } = cluster()
  let address = ''

  before(async () => {
    await sluice.uninstall()
  })
  after(async () => {
    await sluice.removeApplication('web')
  })

  const answers = (path = '/') => sluice.get(address, host, path)
  /** The names of the pods that answer, once they are `count` and 20 answers in a row are theirs. */
  const podsAnswering = (count: number) =>
    until(`${count} pods answer`, async () => {
      const bodies = await Promise.all(Array.from({ length: 20 }, () => answers()))
      const names = new Set(bodies.map(({ status, body }) => `${status} ${body.split(' ')[0]}`))
      return names.size === count && [...names].every((name) => name.startsWith('200 ')) && names
    })

  test('two replicas are ready within 15 s', async () => {
    const start = performance.now()
    await sluice.install()
    await sluice.replicas(2, 15_000)
    console.log(`two replicas ready after ${Math.round(performance.now() - start)} ms`)
    address = await sluice.serviceAddress()
    assert.equal((await sluice.get(address, 'nobody.example.com', '/')).status, 404)
  })

  test('a Deployment, a Service and an Ingress are served through the Service', async () => {
    await apply(sluice.application('web', host, 'v1', 2))
    await podsAnswering(2)
    assert.match((await answers('/some/path?q=1')).body, /^web-\S+ v1 \/some\/path\?q=1$/)
  })

  test('a request body that does not fit a buffer reaches the pod', async () => {
    const script = `head -c 900000 /dev/zero |
      curl -s --max-time 10 -H "Host: $1" --data-binary @- "http://$2/upload"`
    assert.match(await inside('sh', '-c', script, 'sh', host, address), /^web-\S+ v1 \/upload$/)
  })

  test('HTTPS with the certificate of a Secret', async () => {
    const { key, certificate } = await sluice.selfSigned(host)
    const secret = { 'tls.key': key, 'tls.crt': certificate }
    await apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/tls',
        metadata: { name: 'web-tls', namespace: 'default' },
        stringData: secret,
      }),
    )
    const tls = JSON.stringify({ spec: { tls: [{ hosts: [host], secretName: 'web-tls' }] } })
    await kubectl('patch', 'ingress', 'web', '-n', 'default', '-p', tls)
    const script = `printf '%s' "$1" >/tmp/sluice-test-ca.pem
      curl -sS --max-time 5 --cacert /tmp/sluice-test-ca.pem --resolve "$2:443:$3" "https://$2/"`
    const body = await until('an answer over TLS', () =>
      inside('sh', '-c', script, 'sh', certificate, host, address),
    )
    assert.match(body, /^web-\S+ v1 \/$/)
    await until('plain HTTP is redirected', async () => (await answers()).status === 308)
    const plain = JSON.stringify({ spec: { tls: null } })
    await kubectl('patch', 'ingress', 'web', '-n', 'default', '-p', plain)
    await until('plain HTTP is served again', async () => (await answers()).status === 200)
  })

  test('scaling is followed, up and down', async () => {
    await kubectl('scale', 'deployment', 'web', '-n', 'default', '--replicas=4')
    await podsAnswering(4)
    await kubectl('scale', 'deployment', 'web', '-n', 'default', '--replicas=1')
    await podsAnswering(1)
    await kubectl('scale', 'deployment', 'web', '-n', 'default', '--replicas=0')
    await until('503 without endpoints', async () => (await answers()).status === 503)
    await kubectl('scale', 'deployment', 'web', '-n', 'default', '--replicas=2')
    await podsAnswering(2)
  })

  test('a rollout is followed, and no request fails', async () => {
    const { startLoad } = await import('./load.ts')
    const load = await startLoad(address, host)
    await apply(sluice.application('web', host, 'v2', 2))
    await kubectl('rollout', 'status', 'deployment', 'web', '-n', 'default', '--timeout=60s')
    await until('only the new version answers', async () => {
      const bodies = await Promise.all(Array.from({ length: 10 }, () => answers()))
      return bodies.every(({ body }) => body.includes(' v2 '))
    })
    const { requests, failed } = await load.stop()
    console.log(`${requests} requests during the rollout`)
    assert.deepEqual(failed, [])
  })

  test('deletion is followed', async () => {
    await kubectl('delete', 'service', 'web', '-n', 'default')
    await until('503 without the Service', async () => (await answers()).status === 503)
    await kubectl('delete', 'ingress', 'web', '-n', 'default')
    await until('404 without the Ingress', async () => (await answers()).status === 404)
  })
})
