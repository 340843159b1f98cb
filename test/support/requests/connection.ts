import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import type { Row } from './table.ts'

export interface Ports {
  readonly http: number
  readonly https: number
}

/** A connection of its own for one request, with the PROXY header and TLS that the row asks for. */
export async function connectionFor(
  row: Row,
  from: string,
  ports: Ports,
): Promise<Socket | TLSSocket> {
  const isV6 = from.includes(':')
  const plain = connect({
    host: isV6 ? '::1' : '127.0.0.1',
    port: ports[row.scheme],
    localAddress: from,
  })
  plain.setTimeout(20_000, () => plain.destroy(new Error('no answer within 20 s')))
  await once(plain, 'connect')
  if (row.proxy !== undefined) {
    const [source = '', destination = '', port = ''] = row.proxy.split(' ')
    const family = source.includes(':') ? 'TCP6' : 'TCP4'
    plain.write(`PROXY ${family} ${source} ${destination} 40000 ${port}\r\n`)
  }
  if (row.scheme === 'http') return plain

  const name = row.sni ?? row.host.replace(/:\d+$/, '')
  const secure = connectTls({
    socket: plain,
    rejectUnauthorized: false,
    ...(name === '' ? {} : { servername: name }),
    ALPNProtocols: row.http === '2' ? ['h2'] : ['http/1.1'],
    ...(row.tls === undefined ? {} : { minVersion: row.tls, maxVersion: row.tls }),
    // Debian's OpenSSL has old protocols only at this level; whether nginx wants them is the question.
    ...(row.tls === 'TLSv1.1' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
  })
  await once(secure, 'secureConnect')
  return secure
}
