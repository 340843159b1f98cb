import { connect } from 'node:net'

export interface Question {
  readonly port: number
  readonly host: string
  readonly path?: string
}

const patienceMs = 5_000

/**
 * The status of an answer on a connection of its own: `200`; `refused` where nobody listens; else
 * what happened to the connection.
 */
export function ask({ port, host, path = '/' }: Question): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    let text = ''
    socket.setTimeout(patienceMs, () => finish('timeout'))
    socket.setEncoding('latin1')
    socket.once('connect', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    )
    socket.on('data', (chunk: string) => {
      text += chunk
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
      if (status !== undefined) finish(status)
    })
    socket.on('end', () => finish('closed'))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      finish(error.code === 'ECONNREFUSED' ? 'refused' : (error.code ?? 'error')),
    )
    function finish(outcome: string): void {
      socket.destroy()
      resolve(outcome)
    }
  })
}
