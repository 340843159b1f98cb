import { createPrivateKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { blocksOf, mistakenFor, printed } from './pem.ts'

/** The private key that a `tls.key` holds, the first of several as for OpenSSL, or what is wrong with it. */
export function privateKeyOf(text: string): KeyObject | { readonly defect: string } {
  return keyOf(text) ?? keyOf(firstBlock(text)) ?? { defect: defectOf(text) }
}

function keyOf(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text)
  } catch {
    return undefined
  }
}

/** Without what may stand in OpenSSL's way, such as a byte order mark or indentation. */
function firstBlock(text: string): string {
  const [block] = blocksOf(text, 'private key')
  return block === undefined ? '' : printed(block)
}

/** PEM of the key in `text`; in the usual form without OpenSSL, which has read it before and takes 0.2 ms. */
export function printedKey(text: string): string {
  const blocks = blocksOf(text, 'private key')
  if (blocks.length === 1) return firstBlock(text)
  const key = keyOf(text) ?? keyOf(firstBlock(text))
  return key?.export({ type: 'pkcs8', format: 'pem' }).toString() ?? ''
}

function defectOf(text: string): string {
  const what = mistakenFor(text)
  switch (what) {
    case undefined:
      return 'has a tls.key that is no PEM private key'
    case 'a private key':
      return 'has a tls.key that is cut off or damaged'
    case 'a key with a passphrase':
      return `has a tls.key that is ${what}; expected one without`
    default:
      return `has a tls.key that is ${what}; expected a PEM private key`
  }
}
