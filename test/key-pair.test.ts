// Which Secrets are key pairs, and for which hosts their certificates are good.

import assert from 'node:assert/strict'
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto'
import { suite, test } from 'node:test'
import * as x509 from '../src/x509.ts'
import type { Secret } from '../src/objects/kinds.ts'
import { SecretText } from '../src/objects/secret-text.ts'
import { covers, keyPairOf } from '../src/translate/tls/key-pair.ts'

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const rsa = (modulusLength: number) => ({
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength,
})

interface Made {
  readonly crt: string
  readonly key: string
}

async function made(
  commonName: string,
  names: readonly string[],
  algorithm: typeof ecdsa | ReturnType<typeof rsa> = ecdsa,
): Promise<Made> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [commonName] }],
      keys,
      signingAlgorithm: algorithm,
      extensions:
        names.length === 0
          ? []
          : [
              new x509.SubjectAlternativeNameExtension(
                names.map((value) => ({ type: 'dns', value })),
              ),
            ],
    },
    webcrypto,
  )
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    crt: `${certificate.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
  }
}

const secret = (data: Readonly<Record<string, string>>): Secret => ({
  kind: 'Secret',
  namespace: 'shop',
  name: 'web',
  uid: '',
  created: 0,
  order: 0,
  type: 'kubernetes.io/tls',
  data: new Map(Object.entries(data).map(([key, text]) => [key, new SecretText(text)])),
})
const pairOf = (crt: string, key: string) => keyPairOf(secret({ 'tls.crt': crt, 'tls.key': key }))

const web = await made('web', ['Shop.Example.com', '*.example.org'])
const other = await made('other.example.com', [])
const long = await made('rsa', ['rsa.example.com'], rsa(2048))

void suite('keyPairOf', () => {
  void test('prints a key and its chain anew, leaf first', () => {
    const parsed = pairOf(`junk before\n${web.crt}junk between${other.crt}`, web.key)
    assert.ok('keyPair' in parsed)
    const pem = parsed.keyPair.pem()
    assert.doesNotMatch(pem, /junk/)
    assert.ok(new X509Certificate(pem).checkPrivateKey(createPrivateKey(pem)))
    assert.equal(pem.match(/BEGIN CERTIFICATE/g)?.length, 2)
    assert.deepEqual(parsed.keyPair.names, ['shop.example.com', '*.example.org'])
  })

  void test('the same content has the same digest, however it is written', () => {
    const one = pairOf(web.crt, web.key)
    const two = pairOf(web.crt.replaceAll('\n', '\r\n'), `\n\n${web.key}\n`)
    assert.ok('keyPair' in one && 'keyPair' in two)
    assert.equal(one.keyPair.digest, two.keyPair.digest)
    assert.match(one.keyPair.digest, /^[0-9a-f]{64}$/)
  })

  void test('a certificate without other names has its common name', () => {
    const parsed = pairOf(other.crt, other.key)
    assert.ok('keyPair' in parsed)
    assert.deepEqual(parsed.keyPair.names, ['other.example.com'])
  })

  void test('an RSA key, if it is long enough', async () => {
    assert.ok('keyPair' in pairOf(long.crt, long.key))
    const short = await made('short', ['short.example.com'], rsa(1024))
    assert.deepEqual(pairOf(short.crt, short.key), {
      defect: 'has an RSA key of 1024 bits; OpenSSL wants 2048',
    })
  })

  const defects: readonly (readonly [what: string, crt: string, key: string, defect: RegExp])[] = [
    ['no certificate', ' \n', web.key, /^has no tls\.crt$/],
    ['no key', web.crt, '', /^has no tls\.key$/],
    ['no PEM', 'nonsense', web.key, /^has a tls\.crt without a PEM certificate$/],
    ['a broken certificate', web.crt.replace(/\n.{30}/, '\n'), web.key, /^has a tls\.crt /],
    ['a broken key', web.crt, web.key.replace(/\n.{20}/, '\n'), /^has a tls\.key that is no PEM/],
    ['another key', web.crt, other.key, /^has a tls\.key that does not belong to its tls\.crt$/],
    ['a chain in the wrong order', other.crt + web.crt, web.key, /does not belong/],
    ['both exchanged', web.key, web.crt, /^has a tls\.crt /],
  ]
  for (const [what, crt, key, defect] of defects)
    void test(`refuses ${what}`, () => {
      const parsed = pairOf(crt, key)
      assert.ok('defect' in parsed)
      assert.match(parsed.defect, defect)
    })

  void test('a Secret without data is refused', () => {
    assert.deepEqual(keyPairOf(secret({})), { defect: 'has no tls.crt' })
  })
})

void test('a wildcard is good for exactly one label', () => {
  const names = ['example.com', '*.example.org']
  for (const host of ['example.com', 'a.example.org', '*.example.org'])
    assert.ok(covers(names, host))
  for (const host of ['a.example.com', 'example.org', 'a.b.example.org', '*.example.com', '*.org'])
    assert.equal(covers(names, host), false, host)
})
