// Which chains OpenSSL is too strict for, in words. test/nginx/shown-chains.test.ts asks nginx.

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { everyAbility } from '../src/model/abilities.ts'
import { settingsOf } from '../src/settings/settings.ts'
import { chainOf } from '../src/translate/tls/chain.ts'
import { keyPairOf } from '../src/translate/tls/key-pair.ts'
import { demandsOf, sureLevel } from '../src/translate/tls/strength.ts'
import type { Demands } from '../src/translate/tls/strength.ts'
import { certified, keyOf, party } from './support/odd-certificate.ts'
import type { Party } from './support/odd-certificate.ts'
import { tlsSecret } from './support/tls-secret.ts'
import { optionsOf } from './support/translated.ts'

const shop = party('shop.example.com', 'ec prime256v1')
const root = party('root', 'ec prime256v1')

function weakness(
  chain: string,
  demands: Partial<Demands> = {},
  owner: Party = shop,
): string | undefined {
  const parsed = keyPairOf(tlsSecret(chain, keyOf(owner)))
  return 'defect' in parsed
    ? parsed.defect
    : parsed.keyPair.weakness({ level: 2, ofSignatures: true, ...demands })
}

void suite('a chain', () => {
  void test('is as strong as its weakest key', () => {
    const old = party('old', 'rsa 1024')
    const chain = certified(shop, old) + certified(old)
    assert.equal(
      weakness(chain),
      'has a tls.crt whose certificate 2 has an RSA key of 1024 bits, too weak for OpenSSL at security level 2',
    )
    assert.equal(weakness(chain, { level: 1 }), undefined)
    assert.equal(weakness(certified(shop, old)), undefined, 'what is not in it does not count')
  })

  void test('is as strong as its weakest signature, where OpenSSL looks at them', () => {
    const chain = certified(shop, root, { digest: 'sha1' })
    assert.equal(
      weakness(chain),
      'has a tls.crt whose certificate 1 is signed with SHA-1, too weak for OpenSSL at security level 2',
    )
    assert.equal(weakness(chain, { ofSignatures: false }), undefined)
    assert.equal(weakness(chain, { level: 0 }), undefined)
    assert.equal(weakness(certified(shop, shop, { digest: 'sha1' })), undefined)
  })

  void test('wants a key that TLS clients take', () => {
    const kinds = [
      ['ec secp224r1', 'a key on curve secp224r1'],
      ['dsa 1024', 'a DSA key of 1024 and 160 bits'],
      ['ec prime192v1', 'a key on curve prime192v1'],
      ['ec secp256k1', 'a key on curve secp256k1'],
    ] as const
    for (const [kind, words] of kinds) {
      const owner = party('shop.example.com', kind)
      assert.equal(
        weakness(certified(owner, root), {}, owner),
        `has ${words}, which TLS clients do not take; expected RSA, or a curve such as P-256`,
      )
    }
  })

  void test('may have a key that some clients take', () => {
    for (const kind of ['ec brainpoolP256r1', 'ed448', 'rsa-pss 2048']) {
      const owner = party('shop.example.com', kind)
      assert.equal(weakness(certified(owner, root), {}, owner), undefined, kind)
    }
  })

  void test('has a length that clients take', () => {
    const names = Array.from({ length: 9000 }, (_, i) => `${i}.example.com`)
    assert.equal(
      weakness(certified(shop, root, { names })),
      'has a tls.crt of 158 KiB; TLS clients take 100 KiB',
    )
  })
})

void test('OpenSSL is not asked about what nearly everybody has', () => {
  const usual = [
    ['rsa 2048', 2],
    ['rsa 3072', 3],
    ['ec prime256v1', 3],
    ['ec secp384r1', 3],
    ['ed25519', 3],
    ['rsa 2047', 0],
    ['ec secp224r1', 0],
  ] as const
  for (const [kind, level] of usual) {
    const chain = chainOf(certified(party('shop.example.com', kind), root))
    assert.ok(!('defect' in chain))
    assert.equal(sureLevel(chain[0]), level, kind)
  }
})

void test('what OpenSSL asks for is in the list of ciphers, and in what nginx was seen to take', () => {
  const demands = (ciphers: string | undefined, weakSignatures = true): Demands => {
    const data = new Map(ciphers === undefined ? [] : [['ssl-ciphers', ciphers]])
    const meta = {
      namespace: 'ingress',
      name: 'nginx-configuration',
      uid: '',
      created: 0,
      order: 0,
    }
    const { settings } = settingsOf({ kind: 'ConfigMap', ...meta, data })
    const abilities = { ...everyAbility, weakSignatures }
    return demandsOf({ settings, options: { ...optionsOf(), abilities } })
  }
  assert.deepEqual(demands(undefined), { level: 2, ofSignatures: false })
  assert.deepEqual(demands(undefined, false), { level: 2, ofSignatures: true })
  assert.equal(demands('HIGH:@SECLEVEL=0').level, 0)
  assert.equal(demands('@SECLEVEL=1:HIGH:@SECLEVEL=3:!aNULL').level, 3)
})
