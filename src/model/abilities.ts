/**
 * What the nginx at hand can do, found out by asking `nginx -t`, never by its version: distributions
 * port features back.
 */
export interface Abilities {
  /** `http2 on;` (else `listen … http2`). */
  readonly http2Directive: boolean
  /** `server NAME resolve` in an upstream. */
  readonly resolve: boolean
  readonly keepaliveMinTimeout: boolean
  readonly sslCertificateCache: boolean
  /** `$request_port`: the port in the request line, else in the Host header. */
  readonly requestPort: boolean
  /** IPv6 sockets can be bound here. */
  readonly ipv6: boolean
}

/** The directives of `abilities`, each as the least in `http` that needs it. All together they are valid, too. */
export const abilityProbes: Readonly<Record<keyof Abilities, string>> = {
  http2Directive: 'http2 on;',
  resolve: 'resolver 127.0.0.1; upstream u { zone u 64k; server name.invalid:80 resolve; }',
  keepaliveMinTimeout: 'keepalive_min_timeout 5s;',
  sslCertificateCache: 'ssl_certificate_cache max=10;',
  requestPort: 'log_format probe $is_request_port$request_port;',
  ipv6: 'server { listen [::1]:18099; }',
}

/** What nginx 1.30 on a machine with IPv6 can do. */
export const everyAbility: Abilities = {
  http2Directive: true,
  resolve: true,
  keepaliveMinTimeout: true,
  sslCertificateCache: true,
  requestPort: true,
  ipv6: true,
}
