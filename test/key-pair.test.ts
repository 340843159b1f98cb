// Which Secrets are key pairs, and for which hosts their certificates are good.

import assert from 'node:assert/strict'
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto'
import { suite, test } from 'node:test'
import * as x509 from '../src/x509.ts'
import { covers, keyPairOf } from '../src/translate/tls/key-pair.ts'
import type { Parsed } from '../src/translate/tls/key-pair.ts'
import { secretWith, tlsSecret } from './support/tls-secret.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

interface Made {
  readonly crt: string
  readonly key: string
}

async function made(commonName: string, names: readonly string[]): Promise<Made> {
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

const pairOf = (crt: string, key: string): Parsed => keyPairOf(tlsSecret(crt, key))

const web = await made('web', ['Shop.Example.com', '*.example.org'])
const other = await made('other.example.com', [])

const derOf = (pem: string): string =>
  Buffer.from(pem.replaceAll(/-----[^-]+-----/g, ''), 'base64').toString('utf8')
const encoded = (text: string): string => Buffer.from(text).toString('base64')
const locked = createPrivateKey(web.key).export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'x',
})
const lockedInTheOldWay = createPrivateKey(web.key).export({
  type: 'sec1',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'x',
})
const labelled = (label: string): string =>
  `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`
// SEQUENCE, INTEGER 3, SEQUENCE: as every file of PKCS #12 begins
const pkcs12 = Buffer.from('30820a1e02010330820a', 'hex').toString('utf8')

const notPem = 'expected PEM certificates'
const noKey = 'expected a PEM private key'

const defects: readonly {
  readonly what: string
  readonly crt?: string
  readonly key?: string
  readonly defect: string
}[] = [
  { what: 'no certificate', crt: ' \n', defect: 'has no tls.crt' },
  { what: 'no key', key: '', defect: 'has no tls.key' },
  { what: 'no PEM', crt: 'nonsense', defect: 'has a tls.crt without a PEM certificate' },
  {
    what: 'a broken certificate',
    crt: web.crt.replace(/\n.{30}/, '\n'),
    defect: 'has a tls.crt whose certificate 1 cannot be read',
  },
  {
    what: 'a broken authority',
    crt: web.crt + other.crt.replace(/\n.{30}/, '\n'),
    defect: 'has a tls.crt whose certificate 2 cannot be read',
  },
  {
    what: 'a certificate with something behind it',
    crt: web.crt.replace(/([^=\n]{4})?=*\n-----END/, '$1AAAA\n-----END'),
    defect: 'has a tls.crt whose certificate 1 cannot be read',
  },
  {
    what: 'a certificate that is cut off',
    crt: web.crt.slice(0, 200),
    defect: 'has a tls.crt with a certificate that is cut off or damaged',
  },
  {
    what: 'an authority that is cut off',
    crt: web.crt + other.crt.slice(0, 200),
    defect: 'has a tls.crt with a certificate that is cut off or damaged',
  },
  {
    what: 'a certificate request',
    crt: labelled('CERTIFICATE REQUEST'),
    defect: `has a tls.crt that is a certificate request; ${notPem}`,
  },
  {
    what: 'a public key',
    crt: labelled('PUBLIC KEY'),
    defect: `has a tls.crt that is a public key; ${notPem}`,
  },
  { what: 'PKCS #7', crt: labelled('PKCS7'), defect: `has a tls.crt that is PKCS #7; ${notPem}` },
  { what: 'PKCS #12', crt: pkcs12, defect: `has a tls.crt that is PKCS #12; ${notPem}` },
  { what: 'DER', crt: derOf(web.crt), defect: `has a tls.crt that is DER; ${notPem}` },
  {
    what: 'UTF-16',
    crt: Buffer.from(`\uFEFF${web.crt}`, 'utf16le').toString('utf8'),
    defect: `has a tls.crt that is UTF-16; ${notPem}`,
  },
  {
    what: 'Base64 twice',
    crt: encoded(web.crt),
    defect: `has a tls.crt that is PEM in Base64 once more; ${notPem}`,
  },
  {
    what: 'a key as certificate',
    crt: web.key,
    defect: `has a tls.crt that is a private key; ${notPem}`,
  },
  {
    what: 'both exchanged',
    crt: web.key,
    key: web.crt,
    defect: 'has a private key as its tls.crt and a certificate as its tls.key',
  },
  { what: 'a key that is no PEM', key: 'x', defect: 'has a tls.key that is no PEM private key' },
  {
    what: 'a broken key',
    key: web.key.replace(/\n.{20}/, '\n'),
    defect: 'has a tls.key that is cut off or damaged',
  },
  {
    what: 'a key that is cut off',
    key: web.key.slice(0, 100),
    defect: 'has a tls.key that is cut off or damaged',
  },
  {
    what: 'a key with a passphrase',
    key: String(locked),
    defect: 'has a tls.key that is a key with a passphrase; expected one without',
  },
  {
    what: 'a key with a passphrase, in the old form',
    key: String(lockedInTheOldWay),
    defect: 'has a tls.key that is a key with a passphrase; expected one without',
  },
  {
    what: 'a key of OpenSSH',
    key: labelled('OPENSSH PRIVATE KEY'),
    defect: `has a tls.key that is a key of OpenSSH; ${noKey}`,
  },
  {
    what: 'a certificate as key',
    key: web.crt,
    defect: `has a tls.key that is a certificate; ${noKey}`,
  },
  {
    what: 'a public key as key',
    key: labelled('PUBLIC KEY'),
    defect: `has a tls.key that is a public key; ${noKey}`,
  },
  { what: 'a key in DER', key: derOf(web.key), defect: `has a tls.key that is DER; ${noKey}` },
  { what: 'a key in PKCS #12', key: pkcs12, defect: `has a tls.key that is PKCS #12; ${noKey}` },
  {
    what: 'a key in Base64 twice',
    key: encoded(web.key),
    defect: `has a tls.key that is PEM in Base64 once more; ${noKey}`,
  },
  {
    what: 'another key',
    key: other.key,
    defect: 'has a tls.key that does not belong to its tls.crt',
  },
  {
    what: 'a chain from the authority down',
    crt: other.crt + web.crt,
    defect:
      'has a tls.crt in which the certificate of tls.key is number 2; expected it first, its authorities after it',
  },
  {
    what: 'the right key after another',
    key: other.key + web.key,
    defect:
      'has a tls.key of several keys, of which number 2 belongs to its tls.crt; expected that one alone',
  },
]

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

  void test('the same key pair is read from a text with all that editors and shells do to it', () => {
    const shapes: readonly ((text: string) => string)[] = [
      (text) => `\uFEFF${text}`,
      (text) => text.replaceAll('\n', '\r'),
      (text) => text.replaceAll(/^/gm, '    '),
      (text) => text.trim().replaceAll('\n', ' '),
      (text) => text.trim().replaceAll('\n', '\\n'),
    ]
    const plain = pairOf(web.crt, web.key)
    assert.ok('keyPair' in plain)
    for (const shape of shapes) {
      const parsed = pairOf(shape(web.crt), shape(web.key))
      assert.ok('keyPair' in parsed, shape(web.key))
      assert.equal(parsed.keyPair.pem(), plain.keyPair.pem())
    }
  })

  void test('the first of several keys counts', () => {
    const parsed = pairOf(web.crt, web.key + other.key)
    assert.ok('keyPair' in parsed)
    assert.ok(new X509Certificate(web.crt).checkPrivateKey(createPrivateKey(parsed.keyPair.pem())))
    assert.equal(parsed.keyPair.pem().match(/BEGIN PRIVATE KEY/g)?.length, 1)
  })

  for (const { what, crt = web.crt, key = web.key, defect } of defects)
    void test(`refuses ${what}`, () => assert.deepEqual(pairOf(crt, key), { defect }))

  void test('a Secret without data is refused', () => {
    assert.deepEqual(keyPairOf(secretWith({})), { defect: 'has no tls.crt' })
  })
})

void test('a wildcard is good for exactly one label', () => {
  const names = ['example.com', '*.example.org']
  for (const host of ['example.com', 'a.example.org', '*.example.org'])
    assert.ok(covers(names, host))
  for (const host of ['a.example.com', 'example.org', 'a.b.example.org', '*.example.com', '*.org'])
    assert.equal(covers(names, host), false, host)
})
