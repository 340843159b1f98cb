import { X509Certificate } from 'node:crypto'
import { blocksOf, mistakenFor } from './pem.ts'

export interface Link {
  readonly certificate: X509Certificate
  readonly bytes: Buffer
}

/** A certificate, then those of its authorities. */
export type Chain = readonly [leaf: Link, ...authorities: Link[]]

/** The chain that a `tls.crt` holds, or what is wrong with it. */
export function chainOf(text: string): Chain | { readonly defect: string } {
  const blocks = blocksOf(text, 'certificate')
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

/** Undefined as well if something comes after the certificate, for which OpenSSL would refuse it. */
function linkOf(bytes: Buffer): Link | undefined {
  try {
    const certificate = new X509Certificate(bytes)
    return certificate.raw.length === bytes.length ? { certificate, bytes } : undefined
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
