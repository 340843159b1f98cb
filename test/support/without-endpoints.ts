import { unavailableHost } from '../../src/model/loopback.ts'

/**
 * An nginx.conf without what must differ between `--endpoint-updates=resolve` and `reload`: who is asked
 * for addresses, what an upstream says of its endpoints, what looks whether there are any before it asks
 * who comes, and the server that answers where there is none.
 */
export function withoutEndpoints(text: string): string {
  return text
    .replaceAll(/^ {4}resolver(?:_timeout)? .*\n/gm, '')
    .replaceAll(/, whose endpoints are in the file "endpoints" of the state directory$/gm, '')
    .replaceAll(/^ +if \(-f \S+\/empty\/\S+ \) \{\n.*\n +\}\n/gm, '')
    .replaceAll(/^ {4}upstream .*\n(?: {8}.*\n)*/gm, (upstream) =>
      upstream.replaceAll(/^ {8}(?:server|zone) .*\n/gm, ''),
    )
    .split(/\n\n(?= {4}# )/)
    .filter((server) => !server.includes(`listen ${unavailableHost}:`))
    .join('\n\n')
}
