import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * A server for auth-url. What it answers stands in the URL that the client asked for, as X-Original-URL has
 * it: `auth=401`, `answers=Name:value` for a header, of which there may be several, `long=N` bytes of header.
 * What it was asked it tells in headers: `Saw-Method`, `Saw-Path`, `Saw-Body` (bytes), and `Saw-…` for
 * each header.
 */
export function authenticate(request: IncomingMessage, response: ServerResponse): void {
  const { headers, method = '', url = '' } = request
  let bodyBytes = 0
  request.on('data', (chunk: Buffer) => (bodyBytes += chunk.length))
  request.on('end', () => {
    const asked = String(headers['x-original-url'] ?? 'http://none/')
    const query = new URL(asked).searchParams
    response.statusCode = Number(query.get('auth') ?? 200)
    for (const [name, value] of Object.entries(headers))
      response.setHeader(`Saw-${name}`, String(value))
    response.setHeader('Saw-Method', method)
    response.setHeader('Saw-Path', url)
    response.setHeader('Saw-Body', bodyBytes)
    for (const header of query.getAll('answers')) {
      const [name = '', ...value] = header.split(':')
      response.appendHeader(name, value.join(':'))
    }
    const long = query.get('long')
    if (long !== null) response.setHeader('X-Long', 'x'.repeat(Number(long)))
    response.end('authenticated')
  })
}
