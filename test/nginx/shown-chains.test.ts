// Whether nginx shows a chain, and whether Sluice says that it does.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { KeyFile } from '../../src/render/bundle.ts'
import { keyPairOf } from '../../src/translate/tls/key-pair.ts'
import { handshake, fingerprintOf } from '../support/handshake.ts'
import { nginxes } from '../support/nginx.ts'
import { certified, keyOf, party } from '../support/odd-certificate.ts'
import type { Party } from '../support/odd-certificate.ts'
import { tlsSecret } from '../support/tls-secret.ts'
import { ask, freePorts, serving, until } from './stand.ts'

interface Shown {
  readonly name: string
  readonly chain: string
  readonly key: string
}

const root = party('root', 'ec prime256v1')
const rsa = party('rsa', 'rsa 2048')
const good = (name: string): Party => party(name, 'ec prime256v1')

/** A leaf of this kind, from an authority that nobody can say anything against. */
function leaf(name: string, kind: string): Shown {
  const subject = party(name, kind)
  return { name, chain: certified(subject, root), key: keyOf(subject) }
}

/** A leaf nobody can say anything against, from an authority of this kind that is in the chain. */
function below(name: string, kind: string): Shown {
  const [subject, authority] = [good(name), party(`${name} authority`, kind)]
  return {
    name,
    chain: certified(subject, authority) + certified(authority),
    key: keyOf(subject),
  }
}

function signedWith(name: string, digest: 'md5' | 'sha1'): readonly Shown[] {
  const [first, second, own] = [good(name), good(`2.${name}`), party(`3.${name}`, 'rsa 2048')]
  const authority = party(`${name} authority`, 'rsa 2048')
  return [
    { name, chain: certified(first, rsa, { digest }), key: keyOf(first) },
    {
      name: second.name,
      chain: certified(second, authority) + certified(authority, rsa, { digest }),
      key: keyOf(second),
    },
    { name: own.name, chain: certified(own, own, { digest }), key: keyOf(own) },
  ]
}

/** A certificate with so many names more that its message has about `bytes`. */
function long(name: string, bytes: number): Shown {
  const subject = good(name)
  const names = Array.from({ length: Math.round((bytes - 350) / 20) }, (_, i) =>
    `${String(i).padStart(5, '0')}.example.test`.padEnd(18, 'x'),
  )
  return { name, chain: certified(subject, root, { names }), key: keyOf(subject) }
}

const chains: readonly Shown[] = [
  leaf('rsa-1024.test', 'rsa 1024'),
  leaf('rsa-2047.test', 'rsa 2047'),
  leaf('rsa-2048.test', 'rsa 2048'),
  leaf('rsa-3072.test', 'rsa 3072'),
  leaf('rsa-pss-2048.test', 'rsa-pss 2048'),
  leaf('p-192.test', 'ec prime192v1'),
  leaf('p-224.test', 'ec secp224r1'),
  leaf('p-256.test', 'ec prime256v1'),
  leaf('p-384.test', 'ec secp384r1'),
  leaf('p-521.test', 'ec secp521r1'),
  leaf('secp256k1.test', 'ec secp256k1'),
  leaf('ed25519.test', 'ed25519'),
  leaf('ed448.test', 'ed448'),
  leaf('dsa.test', 'dsa 1024'),
  below('below-rsa-1024.test', 'rsa 1024'),
  below('below-rsa-2048.test', 'rsa 2048'),
  below('below-p-192.test', 'ec prime192v1'),
  below('below-p-224.test', 'ec secp224r1'),
  below('below-dsa.test', 'dsa 1024'),
  ...signedWith('md5.test', 'md5'),
  ...signedWith('sha1.test', 'sha1'),
  long('long.test', 102_300),
  long('too-long.test', 102_500),
]

const levels = [0, 1, 2, 3] as const

const file = ({ chain, key }: Shown): KeyFile => ({
  path: `tls/${createHash('sha256').update(chain).digest('hex')}.pem`,
  text: () => chain + key,
})

for (const { version, path } of await nginxes())
  void suite(`chains on nginx ${version}`, () => {
    void test('are shown where Sluice says so, at every security level', async (t) => {
      const it = await serving(t, path)
      const ports = await freePorts(levels.length)
      const variable = join(it.stateDir, 'tls', '$shown.pem')
      const digests = chains.map(
        (shown) => `${shown.name} ${/\w{64}/.exec(file(shown).path)?.[0]};`,
      )
      const contexts = levels.map(
        (level, i) =>
          `server { listen 127.0.0.1:${ports[i]} ssl; ssl_ciphers DEFAULT:@SECLEVEL=${level}; ssl_certificate ${variable}; ssl_certificate_key ${variable}; }`,
      )
      await it.publish(
        it.bundle('second', {
          http: `map_hash_bucket_size 128; map $ssl_server_name $shown { ${digests.join(' ')} } ${contexts.join(' ')}`,
          keyFiles: chains.map(file),
        }),
      )
      await until(async () => (await ask(it.port)) === 'second')

      const { weakSignatures } = await it.program.abilities(join(it.stateDir, 'tmp'))
      const wrong: string[] = []
      for (const [i, level] of levels.entries())
        for (const shown of chains) {
          const answer = await handshake({
            host: shown.name,
            port: ports[i] ?? 0,
            ciphers: 'DEFAULT:@SECLEVEL=0',
          })
          const isShown = answer === fingerprintOf(shown.chain)
          const parsed = keyPairOf(tlsSecret(shown.chain, shown.key))
          const verdict =
            'defect' in parsed
              ? parsed.defect
              : parsed.keyPair.weakness({ level, ofSignatures: !weakSignatures })
          if (isShown !== (verdict === undefined))
            wrong.push(`${shown.name} at level ${level}: ${answer}, but Sluice says ${verdict}`)
        }
      assert.deepEqual(wrong, [])
    })
  })
