// Whatever a Secret holds is a key pair or a defect, and what is a key pair OpenSSL reads from its key file.

import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { keyPairOf } from '../../src/translate/tls/key-pair.ts'
import { certified, keyOf, party } from '../support/odd-certificate.ts'
import { tlsSecret } from '../support/tls-secret.ts'

const [authority, shop, old] = [
  party('authority', 'ec prime256v1'),
  party('shop.example.com', 'ec prime256v1'),
  party('old.example.com', 'rsa 1024'),
]
const chains = [
  { crt: certified(shop, authority) + certified(authority), key: keyOf(shop) },
  { crt: certified(old, authority), key: keyOf(old) },
]

/** Some bytes of every block are others, and it is PEM again. */
const damaged = (pem: string, places: readonly (readonly [at: number, byte: number])[]): string =>
  pem.replaceAll(/(-----\n)([^-]+)(\n-----)/g, (_, before: string, body: string, after: string) => {
    const bytes = Buffer.from(body, 'base64')
    for (const [at, byte] of places) bytes[Math.floor(at * bytes.length)] = byte
    return before + bytes.toString('base64') + after
  })

const places = fc.array(
  fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat({ max: 255 })),
  { maxLength: 3 },
)

const cut = fc.tuple(fc.nat({ max: 2000 }), fc.nat({ max: 40 }), fc.string({ maxLength: 8 }))

test('any text is a key pair or a defect', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...chains),
      places,
      fc.option(cut),
      fc.boolean(),
      ({ crt, key }, changes, hole, isOfKey) => {
        const mangled = (text: string): string => {
          const changed = damaged(text, changes)
          if (hole === null) return changed
          const [at, length, instead] = hole
          return changed.slice(0, at) + instead + changed.slice(at + length)
        }
        const secret = isOfKey ? tlsSecret(crt, mangled(key)) : tlsSecret(mangled(crt), key)
        const parsed = keyPairOf(secret)
        if ('defect' in parsed) {
          assert.match(parsed.defect, /^has /)
          return
        }
        for (const level of [0, 2, 5])
          assert.match(parsed.keyPair.weakness({ level, ofSignatures: true }) ?? 'has ', /^has /)
        const pem = parsed.keyPair.pem()
        assert.ok(new X509Certificate(pem).checkPrivateKey(createPrivateKey(pem)))
      },
    ),
    { numRuns: 400 },
  )
})
