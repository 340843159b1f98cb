import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Secret } from '../../objects/kinds.ts'

/** A certificate chain and its key that belong together, printed anew from what was parsed. */
export interface KeyPair {
  /** Hex SHA-256 over the certificates and the key. */
  readonly digest: string
  /** Key and chain, PEM; read once more, because it is hardly ever asked for. */
  readonly pem: () => string
  /** Lower case: the DNS names of the certificate, or its common name if it has none. */
  readonly names: readonly string[]
}

export type Parsed = { readonly keyPair: KeyPair } | { readonly defect: string }

/** The key pair of a Secret of type kubernetes.io/tls, or why it has none. */
export function keyPairOf({ data }: Secret): Parsed {
  const chainText = data.get('tls.crt')?.reveal() ?? ''
  const keyText = data.get('tls.key')?.reveal() ?? ''
  if (chainText.trim() === '') return { defect: 'has no tls.crt' }
  if (keyText.trim() === '') return { defect: 'has no tls.key' }

  let chain: X509Certificate[]
  try {
    chain = chainOf(chainText)
  } catch {
    return { defect: 'has a tls.crt that is no PEM certificate' }
  }
  const [leaf] = chain
  if (leaf === undefined) return { defect: 'has a tls.crt without a PEM certificate' }

  let key: KeyObject
  try {
    key = createPrivateKey(keyText)
  } catch {
    return { defect: 'has a tls.key that is no PEM private key' }
  }
  if (!leaf.checkPrivateKey(key))
    return { defect: 'has a tls.key that does not belong to its tls.crt' }
  const bits = key.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : undefined
  if (bits !== undefined && bits < 2048)
    return { defect: `has an RSA key of ${bits} bits; OpenSSL wants 2048` }

  return {
    keyPair: {
      digest: digestOf(chain, keyText),
      pem: () => printed(chainText, keyText),
      names: namesOf(leaf),
    },
  }
}

/** The key is part of it: another's certificate with a key that only pretends to be its own is another pair. */
function digestOf(chain: readonly X509Certificate[], keyText: string): string {
  const hash = createHash('sha256')
  for (const { raw } of chain) hash.update(raw)
  return hash.update(keyText.trim().replaceAll('\r\n', '\n')).digest('hex')
}

/** In the usual form the bytes are printed anew without OpenSSL, which read them before and takes 0.2 ms a pair. */
function printed(chainText: string, keyText: string): string {
  const [key, ...more] = keyText.match(keyBlock) ?? []
  const keyPem = key !== undefined && more.length === 0 ? reprinted(key) : undefined
  return [
    keyPem ?? exported(keyText),
    ...blocks(chainText).map((block) => reprinted(block) ?? String(new X509Certificate(block))),
  ].join('')
}

const exported = (keyText: string): string =>
  createPrivateKey(keyText).export({ type: 'pkcs8', format: 'pem' }).toString()

const keyBlock = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/g

/** A block of PEM, in lines of 64 characters; undefined for one that is not just a label and Base64. */
function reprinted(block: string): string | undefined {
  const [, label, body = ''] =
    /^-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----$/.exec(block) ?? []
  const text = body.replaceAll(/\s/g, '')
  if (label === undefined || !/^[^=]+={0,2}$/.test(text) || text.length % 4 !== 0) return undefined
  const lines = text.match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

const chainOf = (text: string): X509Certificate[] =>
  blocks(text).map((block) => new X509Certificate(block))

const blocks = (text: string): readonly string[] =>
  text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []

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
