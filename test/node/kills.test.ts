import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { cluster, noCluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'
import * as sluice from './installation.ts'
import { startLoad } from './load.ts'

const host = 'kills.example.com'

suite('what is killed heals by itself', { skip: noCluster }, () => {
  const { kubectl, apply } = cluster()
  let address = ''

  before(async () => {
    await sluice.install()
    await sluice.replicas(2)
    address = await sluice.serviceAddress()
    await apply(sluice.application('kills', host, 'v1', 2))
    for (const { ip } of await sluice.replicas(2)) await served(`${ip}:8080`)
    await served(address)
  })
  after(async () => {
    await sluice.removeApplication('kills')
  })

  test('nginx: the other pod loses no request, and this one serves again', async () => {
    const { victim, other } = await twoPods()
    const load = await startLoad(`${other.ip}:8080`, host)
    await kill(victim.name, '^nginx: master process')
    await healed(victim.name, 'nginx', victim.restarts['nginx'] ?? 0)
    await served(`${victim.ip}:8080`)
    const { requests, failed } = await load.stop()
    console.log(`${requests} requests while nginx of the other pod was killed`)
    assert.deepEqual(failed, [])
  })

  test('the controller: no request to any pod fails, and changes are followed again', async () => {
    const { victim, other } = await twoPods()
    const loads = await Promise.all(
      [`${victim.ip}:8080`, `${other.ip}:8080`, address].map((at) => startLoad(at, host)),
    )
    await kill(victim.name, '/sluice\\.mjs ')
    await healed(victim.name, 'controller', victim.restarts['controller'] ?? 0)
    const moved = 'moved.example.com'
    const rules = [{ op: 'replace', path: '/spec/rules/0/host', value: moved }]
    const results = await Promise.all(loads.map((load) => load.stop()))
    await kubectl(
      'patch',
      'ingress',
      'kills',
      '-n',
      'default',
      '--type=json',
      `-p=${JSON.stringify(rules)}`,
    )
    await until('the pod follows the Ingress', async () => {
      return (await sluice.get(`${victim.ip}:8080`, moved, '/')).status === 200
    })
    await apply(sluice.application('kills', host, 'v1', 2))
    for (const { ip } of [victim, other]) await served(`${ip}:8080`)
    for (const { requests, failed } of results) {
      console.log(`${requests} requests while a controller was killed`)
      assert.deepEqual(failed, [])
    }
  })

  test('a pod: no request through the Service fails, and another takes its place', async () => {
    const { victim } = await twoPods()
    const load = await startLoad(address, host)
    await kubectl('delete', 'pod', victim.name, '-n', 'sluice', '--wait')
    const pods = await sluice.replicas(2)
    for (const { ip } of pods) await served(`${ip}:8080`)
    const { requests, failed } = await load.stop()
    console.log(`${requests} requests while a pod was deleted`)
    assert.deepEqual(failed, [])
    assert.ok(pods.every(({ name }) => name !== victim.name))
  })
})

async function served(at: string): Promise<void> {
  await until(`${at} serves`, async () => (await sluice.get(at, host, '/')).status === 200)
}

/** Two ready replicas, the one to be killed first. */
async function twoPods(): Promise<{ victim: sluice.Pod; other: sluice.Pod }> {
  const [victim, other] = await sluice.replicas(2)
  if (victim === undefined || other === undefined) throw new Error('two replicas are needed')
  return { victim, other }
}

/** The processes of a pod see each other: SIGKILL to the one that matches, from nginx's container. */
async function kill(pod: string, pattern: string): Promise<void> {
  await sluice.inContainer(
    pod,
    'nginx',
    `for process in /proc/[0-9]*; do
       if tr '\\0' ' ' <$process/cmdline | grep -q '${pattern}'; then kill -9 \${process#/proc/}; exit 0; fi
     done; exit 1`,
  )
}

async function healed(pod: string, container: string, before: number): Promise<void> {
  await until(`${container} of ${pod} is back`, async () => {
    const pods = await sluice.podsOf('sluice', 'app.kubernetes.io/name=sluice')
    const same = pods.find(({ name }) => name === pod)
    return same?.isReady === true && (same.restarts[container] ?? 0) > before
  })
}
