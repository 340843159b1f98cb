/**
 * Addresses of the loopback network on which Sluice and its nginx meet, all at the status port: what
 * has that port to itself on 127.0.0.1 has it here.
 */

/** Where Sluice answers nginx's DNS questions. Each is a socket of nginx's, with room for answers. */
export const resolverHosts: readonly string[] = Array.from(
  { length: 16 },
  (_, i) => `127.53.0.${i + 1}`,
)

/** Where nginx itself answers 503: the endpoint of an upstream that has none. */
export const unavailableHost = '127.53.1.1'
/** The same over TLS, for upstreams that are spoken to so. */
export const unavailableTlsHost = '127.53.1.2'
