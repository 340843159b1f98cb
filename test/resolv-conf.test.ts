import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fullNamesOf, resolvConf, resolvConfOf } from '../src/controller/resolv-conf.ts'

const ofPod = `search sluice.svc.cluster.local svc.cluster.local cluster.local
nameserver 10.96.0.10
options ndots:5
`

void test('a resolv.conf as the kubelet writes it', () => {
  assert.deepEqual(resolvConfOf(ofPod), {
    nameservers: ['10.96.0.10'],
    search: ['sluice.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
    ndots: 5,
  })
})

void test('a resolv.conf as people write it', () => {
  const text = `# nameserver 192.0.2.9
; search other.test
domain first.test
nameserver   2001:db8::1
nameserver fe80::1%eth0
nameserver nonsense
  search\tCorp.Test. . bad;name next.test # words are no domains
options timeout:1 ndots:99 rotate
options edns0
`
  assert.deepEqual(resolvConfOf(text), {
    nameservers: ['2001:db8::1'],
    search: ['corp.test', 'next.test', 'words', 'are', 'no', 'domains'],
    ndots: 15,
  })
  const nothing = { nameservers: [], search: [], ndots: 1 }
  assert.deepEqual(resolvConfOf(''), nothing)
  assert.deepEqual(resolvConf('/nonexistent/resolv.conf'), nothing)
})

void test('the names that a name may stand for, in order', () => {
  const search = ['a.test', 'b.test']
  const cases: readonly (readonly [string, number, readonly string[]])[] = [
    ['web', 1, ['web.a.test', 'web.b.test', 'web']],
    ['web.prod', 1, ['web.prod', 'web.prod.a.test', 'web.prod.b.test']],
    ['web.prod', 2, ['web.prod.a.test', 'web.prod.b.test', 'web.prod']],
    ['web.prod', 0, ['web.prod', 'web.prod.a.test', 'web.prod.b.test']],
    ['web.prod.', 5, ['web.prod']],
  ]
  for (const [name, ndots, names] of cases)
    assert.deepEqual(fullNamesOf(name, { search, ndots }), names)
  const long = `${'a'.repeat(60)}.`.repeat(4) + 'test'
  assert.deepEqual(fullNamesOf(long, { search, ndots: 5 }), [long])
})
