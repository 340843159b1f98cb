import { certified, keyOf, party } from '../odd-certificate.ts'
import type { KeyPair } from './key-pair.ts'

/** Key pairs with which something is wrong, each for the host that it is given. */
export const oddPairs: Readonly<Record<string, (host: string) => KeyPair>> = {
  'RSA-1024': (host) => alone(host, 'rsa 1024'),
  'P-192': (host) => alone(host, 'ec prime192v1'),
  DSA: (host) => alone(host, 'dsa 1024'),

  'below RSA-1024': (host) => {
    const [subject, authority] = [party(host, usual), party('authority', 'rsa 1024')]
    return {
      certificate: certified(subject, authority) + certified(authority),
      key: keyOf(subject),
    }
  },
  'authority first': (host) => {
    const [subject, authority] = [party(host, usual), party('authority', usual)]
    return {
      certificate: certified(authority) + certified(subject, authority),
      key: keyOf(subject),
    }
  },
  '9000 names': (host) => {
    const subject = party(host, usual)
    const names = Array.from({ length: 9000 }, (_, i) => `${i}.many.test`)
    return { certificate: certified(subject, subject, { names }), key: keyOf(subject) }
  },
  'with a passphrase': (host) => {
    const subject = party(host, usual)
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'x' } as const
    const key = subject.privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher })
    return { certificate: certified(subject), key: String(key) }
  },
}

const usual = 'ec prime256v1'

function alone(host: string, kind: string): KeyPair {
  const subject = party(host, kind)
  return { certificate: certified(subject), key: keyOf(subject) }
}
