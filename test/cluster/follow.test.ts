import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { noCluster } from '../support/cluster.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { compact } from './etcd.ts'
import { fixture, printed, run, untilEqualToFresh } from './fixture.ts'
import type { Fixture } from './fixture.ts'
import * as a from './objects.ts'

describe('a source of Snapshots follows an API server', { skip: noCluster }, () => {
  let made: Fixture
  before(async () => {
    made = await fixture()
  })

  test('create, update and delete of each kind, with the rights of the manifests', async (t) => {
    const ns = 'every-kind'
    await made.make(a.namespace(ns))
    const { source, told } = run(t, { kubeconfig: made.kubeconfig })
    await source.synced
    const cases = [
      ['Ingress every-kind/o', a.ingress(ns, 'o', 'a.example'), a.ingress(ns, 'o', 'b.example')],
      ['Service every-kind/o', a.service(ns, 'o', 80), a.service(ns, 'o', 81)],
      [
        'EndpointSlice every-kind/o-1',
        a.endpointSlice(ns, 'o', '10.1.1.1'),
        a.endpointSlice(ns, 'o', '10.1.1.2'),
      ],
      ['Secret every-kind/o', a.secret(ns, 'o', 'one'), a.secret(ns, 'o', 'two')],
      ['ConfigMap every-kind/o', a.configMap(ns, 'o', 'one'), a.configMap(ns, 'o', 'two')],
      ['IngressClass o', a.ingressClass('o', false), a.ingressClass('o', true)],
    ] as const
    for (const [what, first, second] of cases) {
      await made.make(first)
      await told(`created ${what}`)
      await made.replace(second)
      await told(`changed ${what}`)
      await made.remove(second)
      await told(`removed ${what}`)
    }
    await untilEqualToFresh(t, source, { kubeconfig: made.kubeconfig })
  })

  test('what nothing is read of changes nothing', async (t) => {
    const ns = 'status-only'
    const web = a.ingress(ns, 'web', 'a.example')
    await made.make(a.namespace(ns), web)
    const { source, told, changes } = run(t, { kubeconfig: made.kubeconfig, watchNamespace: ns })
    await source.synced
    await told('created Ingress status-only/web')
    const before = source.snapshot()
    const labelled = {
      path: web.path,
      body: { ...web.body, metadata: { namespace: ns, name: 'web', labels: { a: 'b' } } },
    }
    await made.replace(labelled)
    await made.make(a.ingress(ns, 'after', 'b.example'))
    await told('created Ingress status-only/after')
    assert.deepEqual(changes, [])
    assert.equal(source.snapshot().ingresses[0], before.ingresses[0])
    assert.equal(source.snapshot().services, before.services)
  })

  test('delete and recreate are two changes', async (t) => {
    const ns = 'recreated'
    const web = a.ingress(ns, 'web', 'a.example')
    await made.make(a.namespace(ns), web)
    const { source, told, changes } = run(t, { kubeconfig: made.kubeconfig })
    await source.synced
    await told('created Ingress recreated/web')
    await made.remove(web)
    await made.make(web)
    await told('created Ingress recreated/web')
    assert.deepEqual(changes, [])
  })

  test('more objects than a page holds are all read', async (t) => {
    const ns = 'many'
    await made.make(a.namespace(ns))
    const all = Array.from({ length: 620 }, (_, i) => a.configMap(ns, `c-${i}`, String(i)))
    await Promise.all(all.map((each) => made.make(each)))
    const read = async (pageSize: number): Promise<number> => {
      const { source, stop } = run(
        t,
        { kubeconfig: made.kubeconfig, watchNamespace: ns },
        { pageSize },
      )
      await source.synced
      await stop()
      return source.snapshot().configMaps.size
    }
    assert.equal(await read(500), 620)
    assert.equal(await read(7), 620)
  })

  test('namespaces come and go with their labels', async (t) => {
    await made.make(a.namespace('team-a', { team: 'a' }), a.namespace('team-b', { team: 'b' }))
    await made.make(
      a.ingress('team-a', 'web', 'a.example'),
      a.ingress('team-b', 'web', 'b.example'),
    )
    await made.make(a.configMap('team-b', 'settings', '1'), a.configMap('team-b', 'other', '1'))
    const { source, told, changes } = run(t, {
      kubeconfig: made.kubeconfig,
      watchNamespaceSelector: 'team in (a, c)',
      pinned: { ConfigMap: ['team-b/settings'] },
    })
    await source.synced
    const hosts = () => source.snapshot().ingresses.map(({ rules }) => rules[0]?.host)
    assert.deepEqual(hosts(), ['a.example'])
    assert.deepEqual([...source.snapshot().configMaps.keys()], ['team-b/settings'])

    await made.replace(a.namespace('team-b', { team: 'c' }))
    await told('created Ingress team-b/web')
    await made.replace(a.namespace('team-a', { team: 'b' }))
    await told('removed Ingress team-a/web')
    assert.deepEqual(hosts(), ['b.example'])
    assert.ok(source.snapshot().configMaps.has('team-b/other'))

    changes.length = 0
    await made.replace(a.ingress('team-a', 'web', 'unseen.example'))
    await made.replace(a.ingress('team-b', 'web', 'seen.example'))
    await told('changed Ingress team-b/web')
    assert.deepEqual(changes, [])
    assert.deepEqual(hosts(), ['seen.example'])
  })

  test('one namespace alone, with what flags name elsewhere', async (t) => {
    const ns = 'alone'
    await made.make(a.namespace(ns), a.namespace('elsewhere'))
    await made.make(a.service(ns, 'web', 80), a.service('elsewhere', 'web', 80))
    for (const name of ['default-backend', 'other']) {
      await made.make(a.service('elsewhere', name, 80))
      await made.make(a.endpointSlice('elsewhere', name, '10.1.1.1'))
    }
    await made.make(a.secret('elsewhere', 'default-tls', 'x'), a.secret('elsewhere', 'other', 'x'))
    const { source, told } = run(t, {
      kubeconfig: made.kubeconfig,
      watchNamespace: ns,
      pinned: { Service: ['elsewhere/default-backend'], Secret: ['elsewhere/default-tls'] },
    })
    await source.synced
    const snapshot = source.snapshot()
    assert.deepEqual([...snapshot.services.keys()].sort(), [
      'alone/web',
      'elsewhere/default-backend',
    ])
    assert.deepEqual([...snapshot.endpointSlices.keys()], ['elsewhere/default-backend'])
    assert.deepEqual([...snapshot.secrets.keys()], ['elsewhere/default-tls'])

    await made.remove(a.service('elsewhere', 'default-backend', 80))
    await told('removed Service elsewhere/default-backend')
  })

  test('a namespace that does not exist is said', async (t) => {
    const { source, lines } = run(t, { kubeconfig: made.kubeconfig, watchNamespace: 'nowhere' })
    await source.synced
    await until('the log line', () =>
      lines.some(
        ({ level, message }) =>
          level === 'error' && message === 'did not find the namespace of --watch-namespace',
      ),
    )
  })

  test('a selector that is none ends the start with the words of the API server', async () => {
    const { apiSource } = await import('../../src/cluster/api.ts')
    const { quiet } = await import('../support/quiet.ts')
    const settings = {
      kubeconfig: made.kubeconfig,
      syncPeriodMs: 0,
      watchNamespaceSelector: 'a in',
    }
    const source = apiSource(settings, quiet)
    await assert.rejects(source.start(AbortSignal.timeout(30_000)), (error: Error) => {
      assert.match(error.message, /refuses to list \/api\/v1\/namespaces/)
      assert.match(String(error.cause), /unable to parse requirement/)
      return true
    })
  })

  test('everything is listed anew after the sync period', async (t) => {
    const { source, lines } = run(t, { kubeconfig: made.kubeconfig, syncPeriodMs: 1000 })
    await source.synced
    await until('a second list', () => {
      const lists = lines.filter(
        ({ message, fields }) => message === 'listed' && fields['kind'] === 'Ingress',
      )
      return lists.length >= 2
    })
  })

  test('bookmarks move the version on where nothing happens', async () => {
    const { Replica } = await import('../../src/cluster/replica.ts')
    const { list } = await import('../../src/cluster/list.ts')
    const { watchEvents } = await import('../../src/cluster/watch-events.ts')
    const { usualTiming } = await import('../../src/cluster/feed.ts')
    const signal = AbortSignal.timeout(60_000)
    await made.make(a.namespace('quiet'))
    const feed = {
      replica: new Replica('Ingress'),
      connection: made.admin,
      path: '/apis/networking.k8s.io/v1/namespaces/quiet/ingresses',
      query: {},
    }
    const { version } = await list(feed, 500, signal)
    const batches = await watchEvents(feed, version, 8, usualTiming, signal)
    // Others are busy meanwhile: the server sends bookmarks only of what is newer than the watch.
    await made.make(a.ingress('default', 'busy', 'busy.example'))
    const seen: string[] = []
    for await (const batch of batches) {
      assert.deepEqual(batch.steps, [])
      seen.push(batch.version)
    }
    assert.ok(seen.length > 0)
    assert.notEqual(seen.at(-1), version)
  })

  test('a connection that went silent is replaced', async (t) => {
    const proxy = await tcpProxy('10.250.0.10', 6443)
    t.after(() => proxy.close())
    const { source, told, lines } = run(
      t,
      { kubeconfig: made.kubeconfig, apiserverHost: `https://127.0.0.1:${proxy.port}` },
      { watchSeconds: [30, 30], bookmarkSilenceMs: 1000, graceMs: -28_000 },
    )
    await source.synced
    proxy.silence()
    await made.make(a.namespace('half-open'), a.ingress('half-open', 'web', 'a.example'))
    await told('created Ingress half-open/web')
    assert.ok(lines.some(({ fields }) => /was silent for/.test(String(fields['error']))))
  })

  test('a watch that broke off goes on where it was', async (t) => {
    const proxy = await tcpProxy('10.250.0.10', 6443)
    t.after(() => proxy.close())
    await made.make(a.namespace('cut'), a.ingress('cut', 'gone', 'a.example'))
    await made.make(a.ingress('cut', 'again', 'b.example'))
    const { source, told, lines } = run(t, {
      kubeconfig: made.kubeconfig,
      apiserverHost: `https://127.0.0.1:${proxy.port}`,
      watchNamespace: 'cut',
    })
    await source.synced
    const before = source.snapshot()
    proxy.cut()
    await until('the loss is noticed', () =>
      lines.some(
        ({ message, fields }) => message === 'lost the API server' && fields['kind'] === 'Ingress',
      ),
    )
    await made.remove(a.ingress('cut', 'gone', 'a.example'))
    await made.remove(a.ingress('cut', 'again', 'b.example'))
    await made.make(a.ingress('cut', 'again', 'b.example'))
    assert.equal(source.snapshot(), before)
    const listsBefore = lines.filter(({ message }) => message === 'listed').length
    proxy.pass()
    await told('removed Ingress cut/gone')
    await told('removed Ingress cut/again')
    await told('created Ingress cut/again')
    assert.equal(lines.filter(({ message }) => message === 'listed').length, listsBefore)
    await untilEqualToFresh(t, source, { kubeconfig: made.kubeconfig, watchNamespace: 'cut' })
  })

  test('an API server that was away and forgot its history', async (t) => {
    const { apiServer } = made.cluster
    if (apiServer === undefined) {
      t.skip('somebody else runs the API server')
      return
    }
    const proxy = await tcpProxy('10.250.0.10', 6443)
    t.after(() => proxy.close())
    const ns = 'away'
    await made.make(a.namespace(ns))
    for (const name of ['stays', 'goes', 'again', 'changes'])
      await made.make(a.ingress(ns, name, `${name}.example`), a.service(ns, name, 80))
    const { source, changes, lines } = run(
      t,
      { kubeconfig: made.kubeconfig, apiserverHost: `https://127.0.0.1:${proxy.port}` },
      { outageMs: Infinity },
    )
    await source.synced
    const before = source.snapshot()
    const isLost = (kind: string): boolean =>
      lines.some(
        ({ message, fields }) => message === 'lost the API server' && fields['kind'] === kind,
      )

    proxy.cut()
    await until('the loss is noticed', () => isLost('Ingress') && isLost('Service'))
    await made.remove(a.ingress(ns, 'goes', 'goes.example'))
    await made.remove(a.ingress(ns, 'again', 'again.example'))
    await made.make(a.ingress(ns, 'again', 'again.example'), a.ingress(ns, 'new', 'new.example'))
    await made.replace(a.ingress(ns, 'changes', 'changed.example'))
    await made.remove(a.service(ns, 'goes', 80))
    await apiServer.stop()
    await compact()
    await apiServer.start()
    assert.equal(source.snapshot(), before)
    changes.length = 0
    proxy.pass()

    await untilEqualToFresh(t, source, { kubeconfig: made.kubeconfig })
    const about = changes.filter((change) => change.includes(' away/')).sort()
    assert.deepEqual(about, [
      'changed Ingress away/changes',
      'created Ingress away/again',
      'created Ingress away/new',
      'removed Ingress away/again',
      'removed Ingress away/goes',
      'removed Service away/goes',
    ])
    assert.ok(
      lines.some(({ fields }) =>
        /too old resource version|[Ee]xpired|compacted/.test(String(fields['error'])),
      ),
      'the history was forgotten',
    )
    assert.ok(printed(source.snapshot()).includes('changed.example'))
  })
})
