import { annotation } from './annotation.ts'
import { boolean } from './values.ts'

export const httpsRedirect = {
  'ssl-redirect': annotation({
    summary: 'Whether a plain HTTP request for a host with TLS is redirected to HTTPS.',
    scope: 'location',
    value: boolean,
    accepts: ['false', 'true', '1', 'F'],
    rejects: ['yes', 'off', 'tRUE', ''],
    apply: (sslRedirect) => ({ sslRedirect }),
  }),

  'force-ssl-redirect': annotation({
    summary:
      'Redirects plain HTTP to HTTPS even where the host has no certificate, because TLS ends before nginx.',
    scope: 'location',
    value: boolean,
    accepts: ['true', 'false'],
    rejects: ['yes', 'on', ''],
    apply: (forceSslRedirect) => ({ forceSslRedirect }),
  }),
}
