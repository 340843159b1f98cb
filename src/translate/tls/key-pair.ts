import { createHash } from 'node:crypto'
import type { KeyObject, X509Certificate } from 'node:crypto'
import type { Secret } from '../../objects/kinds.ts'
import { chainOf } from './chain.ts'
import type { Chain } from './chain.ts'
import { blocksOf, mistakenFor, printed } from './pem.ts'
import { printedKey, privateKeyOf } from './private-key.ts'
import { sureLevel, unusable, weaknessOf } from './strength.ts'
import type { Demands } from './strength.ts'

/** A certificate chain and its key that belong together, printed anew from what was parsed. */
export interface KeyPair {
  /** Hex SHA-256 over the certificates and the key. */
  readonly digest: string
  /** Key and chain, PEM; read once more, because it is hardly ever asked for. */
  readonly pem: () => string
  /** Lower case: the DNS names of the certificate, or its common name if it has none. */
  readonly names: readonly string[]
  /** Why OpenSSL shows nobody the chain; undefined if it does. */
  readonly weakness: (demands: Demands) => string | undefined
}

export type Parsed = { readonly keyPair: KeyPair } | { readonly defect: string }

/** The key pair of a Secret of type kubernetes.io/tls, or why it has none. */
export function keyPairOf({ data }: Secret): Parsed {
  const chainText = data.get('tls.crt')?.reveal() ?? ''
  const keyText = data.get('tls.key')?.reveal() ?? ''
  if (chainText.trim() === '') return { defect: 'has no tls.crt' }
  if (keyText.trim() === '') return { defect: 'has no tls.key' }

  const chain = chainOf(chainText)
  if ('defect' in chain) return areExchanged(chainText, keyText) ? exchanged : chain
  const key = privateKeyOf(keyText)
  if ('defect' in key) return key
  const [{ certificate: leaf }] = chain
  if (!leaf.checkPrivateKey(key)) return { defect: estrangement(chain, key, keyText) }
  const level = Math.min(...chain.map(sureLevel))
  const defect = level === 0 ? unusable(key) : undefined
  if (defect !== undefined) return { defect }
  return {
    keyPair: {
      digest: digestOf(chain, keyText),
      pem: () => pemOf(chainText, keyText),
      names: namesOf(leaf),
      weakness: weaknessAbove(level, chainText),
    },
  }
}

const areExchanged = (chainText: string, keyText: string): boolean =>
  mistakenFor(chainText) === 'a private key' && mistakenFor(keyText) === 'a certificate'

const exchanged = { defect: 'has a private key as its tls.crt and a certificate as its tls.key' }

/** How it comes that the first certificate does not belong to the first key. */
function estrangement([leaf, ...authorities]: Chain, key: KeyObject, keyText: string): string {
  const place = authorities.findIndex(({ certificate }) => certificate.checkPrivateKey(key)) + 2
  if (place > 1)
    return `has a tls.crt in which the certificate of tls.key is number ${place}; expected it first, its authorities after it`
  const others = blocksOf(keyText, 'private key').slice(1)
  const fits = others.findIndex((block) => isKeyOf(leaf.certificate, printed(block))) + 2
  if (fits > 1)
    return `has a tls.key of several keys, of which number ${fits} belongs to its tls.crt; expected that one alone`
  return 'has a tls.key that does not belong to its tls.crt'
}

function isKeyOf(certificate: X509Certificate, pem: string): boolean {
  const key = privateKeyOf(pem)
  return !('defect' in key) && certificate.checkPrivateKey(key)
}

/** Up to the level that is sure nobody looks again; what a second look shows is kept. */
function weaknessAbove(sure: number, chainText: string): KeyPair['weakness'] {
  let seen: { readonly demands: string; readonly weakness: string | undefined } | undefined
  return (demands) => {
    if (demands.level <= sure) return undefined
    const asked = JSON.stringify(demands)
    if (seen?.demands !== asked) {
      const chain = chainOf(chainText)
      seen = {
        demands: asked,
        weakness: 'defect' in chain ? chain.defect : weaknessOf(chain, demands),
      }
    }
    return seen.weakness
  }
}

/** The key is part of it: another's certificate with a key that only pretends to be its own is another pair. */
function digestOf(chain: Chain, keyText: string): string {
  const hash = createHash('sha256')
  for (const { bytes } of chain) hash.update(bytes)
  return hash.update(keyText.trim().replaceAll('\r\n', '\n')).digest('hex')
}

const pemOf = (chainText: string, keyText: string): string =>
  [printedKey(keyText), ...blocksOf(chainText, 'certificate').map(printed)].join('')

function namesOf(leaf: X509Certificate): readonly string[] {
  const alternative = [...(leaf.subjectAltName ?? '').matchAll(/DNS:([^,\s"]+)/g)].map(
    ([, name = '']) => name,
  )
  const common = /^CN=(.+)$/m.exec(leaf.subject)?.[1]
  const names = leaf.subjectAltName === undefined && common !== undefined ? [common] : alternative
  return names.map((name) => name.toLowerCase())
}

/** Whether a certificate with `names` is good for `host`; a wildcard stands for exactly one label. */
export function covers(names: readonly string[], host: string): boolean {
  const wildcard = host.replace(/^[^.]+/, '*')
  return names.some((name) => name === host || name === wildcard)
}
