import { feature, sharedField } from './feature.ts'
import { boolean } from './values.ts'

export const httpsRedirect = feature('https-redirect', {
  'ssl-redirect': sharedField({
    summary: 'Whether a plain HTTP request for a host with TLS is redirected to HTTPS.',
    value: boolean,
    accepts: ['false', 'true', '1', 'F'],
    rejects: ['yes', 'off', 'tRUE', ''],
    policy: (sslRedirect) => ({ sslRedirect }),
    key: { default: 'true' },
  }),

  'force-ssl-redirect': sharedField({
    summary:
      'Redirects plain HTTP to HTTPS even where the host has no certificate, because TLS ends before nginx.',
    value: boolean,
    accepts: ['true', 'false'],
    rejects: ['yes', 'on', ''],
    policy: (forceSslRedirect) => ({ forceSslRedirect }),
    key: { default: 'false' },
  }),
})
