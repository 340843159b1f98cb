import { nginx } from './token.ts'
import type { Word } from './token.ts'

/**
 * Headers of clients that reach nobody who could take them for the word of a proxy, beside those that
 * Sluice sets itself. Where `use-forwarded-headers` believes the proxy in front, `ofUsers` and `ofProxies`
 * may be its word and pass; what an authentication of our own says, no other may say even then.
 *
 * A header that is cleared costs a request nothing: nginx looks each header of a client up in one table.
 */
export const claims = {
  /** A CGI program takes it for its proxy setting (httpoxy). */
  ofCgi: [nginx`Proxy`],
  /** What nginx alone says of the certificate of a client. */
  ofCertificates: [
    nginx`ssl-client-verify`,
    nginx`ssl-client-subject-dn`,
    nginx`ssl-client-issuer-dn`,
    nginx`ssl-client-cert`,
  ],
  /** What an authentication in front says of the user. */
  ofUsers: [
    nginx`X-Auth-Request-User`,
    nginx`X-Auth-Request-Email`,
    nginx`X-Auth-Request-Groups`,
    nginx`X-Auth-Request-Preferred-Username`,
    nginx`X-Auth-Request-Access-Token`,
  ],
  /** What a proxy in front says of the request that it got. */
  ofProxies: [
    nginx`Forwarded`,
    nginx`X-Forwarded-Prefix`,
    nginx`X-Forwarded-Server`,
    nginx`X-Forwarded-Uri`,
    nginx`X-Forwarded-Method`,
    nginx`X-Original-URI`,
    nginx`X-Original-URL`,
    nginx`X-Original-Method`,
    nginx`X-Rewrite-URL`,
    nginx`X-Client-IP`,
  ],
} as const satisfies Readonly<Record<string, readonly Word[]>>
