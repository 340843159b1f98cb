import { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import type { Socket } from 'node:net'

const patienceMs = 20_000

export interface Hello {
  readonly port: number
  readonly host: string
  /** A connection that is open already; else one of its own. */
  readonly socket?: Socket
  /** What the client is ready for; Node's own list if it says nothing. */
  readonly ciphers?: string
}

/**
 * The fingerprint of the certificate that a full TLS handshake shows, on a connection that is closed
 * then; `failed: …` where none comes about.
 */
export function handshake({ port, host, socket, ciphers }: Hello): Promise<string> {
  return new Promise((resolve) => {
    const tls = connect({
      ...(socket === undefined ? { host: '127.0.0.1', port } : { socket }),
      servername: host,
      rejectUnauthorized: false,
      ...(ciphers === undefined ? {} : { ciphers }),
    })
    const finish = (outcome: string): void => {
      tls.destroy()
      resolve(outcome)
    }
    tls.setTimeout(patienceMs, () => finish('failed: timeout'))
    tls.once('secureConnect', () => finish(tls.getPeerCertificate().fingerprint256))
    tls.once('end', () => finish('failed: closed'))
    tls.on('error', (error: NodeJS.ErrnoException) =>
      finish(`failed: ${error.code ?? error.message}`),
    )
  })
}

export const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256

/** One full handshake after the other until `signal`: how many there were, and what went wrong. */
export async function keepShaking(
  hello: Hello,
  signal: AbortSignal,
): Promise<{ readonly shaken: number; readonly failed: readonly string[] }> {
  let shaken = 0
  const failed: string[] = []
  while (!signal.aborted) {
    const shown = await handshake(hello)
    shaken++
    if (shown.startsWith('failed')) failed.push(shown)
  }
  return { shaken, failed }
}
