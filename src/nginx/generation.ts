import { get } from 'node:http'

/** The digest that nginx answers on a connection of its own; undefined for no answer. */
export function generationOf(statusPort: number, timeoutMs = 2000): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(
      {
        host: '127.0.0.1',
        port: statusPort,
        path: '/generation',
        agent: false,
        timeout: timeoutMs,
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text = (text + chunk).slice(0, 200)))
        response.on('end', () => resolve(response.statusCode === 200 ? text.trim() : undefined))
        response.on('error', () => resolve(undefined))
        response.on('close', () => resolve(undefined))
      },
    )
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(undefined))
  })
}
