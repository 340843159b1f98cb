import { X509Certificate } from 'node:crypto'
import { algorithmsOf } from './der.ts'
import type { Algorithms } from './der.ts'
import { blocksOf, mistakenFor } from './pem.ts'

export interface Link {
  readonly certificate: X509Certificate
  readonly bytes: Buffer
  readonly algorithms: Algorithms
}

/** A certificate, then those of its authorities. */
export type Chain = readonly [leaf: Link, ...authorities: Link[]]

/**
 * How long a certificate message may be: clients with OpenSSL and BoringSSL take no longer one.
 * https://docs.openssl.org/master/man3/SSL_CTX_set_max_cert_list/
 */
const longestMessage = 102_400

/** The chain that a `tls.crt` holds, or what is wrong with it. */
export function chainOf(text: string): Chain | { readonly defect: string } {
  const blocks = blocksOf(text, 'certificate')
  // TLS 1.3 adds 5 bytes to each certificate, and 4 to all
  const length = blocks.reduce((sum, { bytes }) => sum + bytes.length + 5, 4)
  if (length > longestMessage)
    return {
      defect: `has a tls.crt of ${inKiB(length)}; TLS clients take ${inKiB(longestMessage)}`,
    }
  if (text.split('-----BEGIN CERTIFICATE-----').length - 1 > blocks.length)
    return { defect: 'has a tls.crt with a certificate that is cut off or damaged' }

  const links: Link[] = []
  for (const { bytes } of blocks) {
    const link = linkOf(bytes)
    if (link === undefined)
      return { defect: `has a tls.crt whose certificate ${links.length + 1} cannot be read` }
    links.push(link)
  }
  const [leaf, ...authorities] = links
  return leaf === undefined ? { defect: defectOf(text) } : [leaf, ...authorities]
}

const inKiB = (bytes: number): string => `${Math.ceil(bytes / 1024)} KiB`

function linkOf(bytes: Buffer): Link | undefined {
  const algorithms = algorithmsOf(bytes)
  if (algorithms === undefined) return undefined
  try {
    return { certificate: new X509Certificate(bytes), bytes, algorithms }
  } catch {
    return undefined
  }
}

function defectOf(text: string): string {
  const what = mistakenFor(text)
  return what === undefined
    ? 'has a tls.crt without a PEM certificate'
    : `has a tls.crt that is ${what}; expected PEM certificates`
}
