/** What stands between the lines BEGIN and END. */
export interface Block {
  readonly label: string
  readonly bytes: Buffer
}

/**
 * The blocks of `text` that are certificates or private keys, whatever stands around them, and with any
 * white space for line ends, `\n` written out as well.
 */
export const blocksOf = (text: string, what: keyof typeof patterns): readonly Block[] =>
  [...text.matchAll(patterns[what])].map(([, label = '', inside = '']) => ({
    label,
    bytes: Buffer.from(inside.replaceAll('\\n', ''), 'base64'),
  }))

// Nothing is read twice, not even in a text of beginnings alone: each ends at the next dash.
const patterns = {
  certificate: /-----BEGIN (CERTIFICATE)-----([^-]+)-----END CERTIFICATE-----/g,
  'private key':
    /-----BEGIN ([A-Z0-9 ]{0,16}PRIVATE KEY)-----([^-]+)-----END [A-Z0-9 ]{0,16}PRIVATE KEY-----/g,
}

/** PEM as everybody writes it, in lines of 64 characters. */
export function printed({ label, bytes }: Block): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/** What `text` is, if it is not what it should be; undefined for what nobody knows. */
export const mistakenFor = (text: string): string | undefined =>
  mistakes.find(([sign]) => sign.test(text))?.[1] ?? binaryOf(text.slice(0, 12))

const mistakes: readonly (readonly [sign: RegExp, what: string])[] = [
  [/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/, 'a key with a passphrase'],
  [/-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----/, 'a certificate request'],
  [/-----BEGIN OPENSSH PRIVATE KEY-----/, 'a key of OpenSSH'],
  [/-----BEGIN [A-Z0-9 ]{0,16}PRIVATE KEY-----/, 'a private key'],
  [/-----BEGIN [A-Z0-9 ]{0,16}PUBLIC KEY-----/, 'a public key'],
  [/-----BEGIN (?:PKCS7|CMS)-----/, 'PKCS #7'],
  [/-----BEGIN CERTIFICATE-----/, 'a certificate'],
  [/^\s*LS0tLS1CRUdJTi/, 'PEM in Base64 once more'],
]

/** Bytes that are no UTF-8 are U+FFFD here. */
function binaryOf(start: string): string | undefined {
  if (start.includes('\0-\0')) return 'UTF-16'
  if (!/^0[\u0080-\uFFFF]/.test(start)) return undefined
  // a SEQUENCE that begins with the number 3
  return start.includes('\u0002\u0001\u0003') ? 'PKCS #12' : 'DER'
}
