/**
 * Addresses of the loopback network on which Sluice and its nginx meet, all at the status port: what
 * has that port to itself on 127.0.0.1 has it here.
 */

/** Where Sluice answers nginx's DNS questions. Each is a socket of nginx's, with room for answers. */
export const resolverHosts: readonly string[] = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `127.53.0.${n}`)

/** Where nginx itself answers 503: the endpoint of an upstream that has none. */
export const unavailableHost = '127.53.0.9'
