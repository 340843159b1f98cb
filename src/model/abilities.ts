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
  /**
   * Certificates that are signed with SHA-1 are shown. OpenSSL used to look at the signatures of its own
   * chain, too, and not at the keys alone: https://github.com/openssl/openssl/pull/31271
   */
  readonly weakSignatures: boolean
  /** IPv6 sockets can be bound here. */
  readonly ipv6: boolean
}

/** Signed with SHA-1, and good for nothing but the question whether nginx takes it. */
const sha1Certificate = `-----BEGIN CERTIFICATE-----
MIIBADCBpwIBATAJBgcqhkjOPQQBMAwxCjAIBgNVBAMMAWIwIBcNMjYxMTI3MTY1
MjAzWhgPMjEyNjExMDMxNjUyMDNaMAwxCjAIBgNVBAMMAWEwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAARyH1AdXFjNrz7a/5hz5BWMNtYckIzk7tNCdEBgcmGw1u+k
d0cX/aO3d+SrvwPXgF4ZO2mRdSl09+td7wjNPKMFMAkGByqGSM49BAEDSQAwRgIh
ALAo+z+yiGDg+FF3QnZxedJYcnFGSFpXlJAMqoQMlYGhAiEA0+lAq3lWwW4CGRkD
g2fkktJFOyjGOD5uYfDAEyYuNAc=
-----END CERTIFICATE-----`
const itsKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg89kUb3TkkWyRM1vq
SbLOYpGPz695UmWbrO69QGdHf3mhRANCAARyH1AdXFjNrz7a/5hz5BWMNtYckIzk
7tNCdEBgcmGw1u+kd0cX/aO3d+SrvwPXgF4ZO2mRdSl09+td7wjNPKMF
-----END PRIVATE KEY-----`

/** The directives of `abilities`, each as the least in `http` that needs it. All together they are valid, too. */
export const abilityProbes: Readonly<Record<keyof Abilities, string>> = {
  http2Directive: 'http2 on;',
  resolve: 'resolver 127.0.0.1; upstream u { zone u 64k; server name.invalid:80 resolve; }',
  keepaliveMinTimeout: 'keepalive_min_timeout 5s;',
  sslCertificateCache: 'ssl_certificate_cache max=10;',
  requestPort: 'log_format probe $is_request_port$request_port;',
  weakSignatures: `server { listen 127.0.0.1:18098 ssl; ssl_certificate "data:${sha1Certificate}"; ssl_certificate_key "data:${itsKey}"; }`,
  ipv6: 'server { listen [::1]:18099; }',
}

/** What nginx 1.30 on a machine with IPv6 can do. */
export const everyAbility: Abilities = {
  http2Directive: true,
  resolve: true,
  keepaliveMinTimeout: true,
  sslCertificateCache: true,
  requestPort: true,
  weakSignatures: true,
  ipv6: true,
}
