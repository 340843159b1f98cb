import { feature, field } from './feature.ts'
import { absoluteUrl, wholeNumber } from './values.ts'

export const permanentRedirect = feature(
  'permanent-redirect',
  {
    'permanent-redirect': field({
      summary:
        'URL to which every request is redirected, over HTTP as over HTTPS, whether or not there is a Service.',
      value: absoluteUrl,
      accepts: [
        'https://www.example.org/shop',
        'http://example.org',
        'https://a.example/?b=c&d=e,f',
      ],
      rejects: [
        '/shop',
        'www.example.org',
        'ftp://a.example',
        'https://a b',
        'https://a;b',
        'https://$host',
        'https://',
        '',
      ],
      onInvalid: 'refuse',
    }),
    'permanent-redirect-code': field({
      summary:
        'Status of `permanent-redirect`; 301 where there is none. With 300, 304, 305 and 306 the URL is the body, as in ingress-nginx, and no client goes there.',
      value: wholeNumber(300, 308),
      accepts: ['308', '301', '302', '300', '304'],
      rejects: ['200', '299', '309', '-1', '301;', 'permanent', ''],
      beside: { 'permanent-redirect': 'https://www.example.org/' },
    }),
  },
  ({ 'permanent-redirect': to, 'permanent-redirect-code': code = 301 }, { from }) =>
    to === undefined ? undefined : { redirect: { code, to, origin: from('permanent-redirect') } },
)
