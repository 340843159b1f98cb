import { feature, field } from './feature.ts'
import { rewriteTarget } from './rewrite-target.ts'
import { boolean } from './values.ts'

export const rewrite = feature('rewrite', {
  'rewrite-target': field({
    summary:
      'Path that the endpoints see instead of the matched one, or a URL to which the client is redirected (302); `$1` … `$9` are the groups of the path. Turns every path of the host into a regular expression.',
    value: rewriteTarget,
    accepts: ['/$2', '/', '/api/$1/v2', 'app', '$1', 'https://www.example.org/$1'],
    rejects: [
      '/$0',
      '/$host',
      '/a b',
      '/a;b',
      '/a{1}',
      '/$12',
      '/a"',
      'https://$1/',
      'ftp://a',
      '',
    ],
    policy: (target) => ({ rewriteTarget: target }),
  }),

  'use-regex': field({
    summary:
      'Reads the paths as case-insensitive regular expressions, anchored at their start only. Counts for every path of the host, in whatever Ingress.',
    value: boolean,
    accepts: ['true', 'false'],
    rejects: ['yes', ''],
    policy: (useRegex) => ({ useRegex }),
  }),
})
