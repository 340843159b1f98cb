import { annotation } from './annotation.ts'
import { rewriteTarget } from './rewrite-target.ts'
import { boolean } from './values.ts'

export const rewrite = {
  'rewrite-target': annotation({
    summary:
      'Path that the endpoints see instead of the matched one; `$1` … `$9` are the groups of the path. Turns every path of the host into a regular expression.',
    scope: 'location',
    value: rewriteTarget,
    accepts: ['/$2', '/', '/api/$1/v2', 'app'],
    rejects: ['/$0', '/$host', '/a b', '/a;b', '/a{1}', '/$12', '/a"', ''],
    apply: (target) => ({ rewriteTarget: target }),
  }),

  'use-regex': annotation({
    summary:
      'Reads the paths as case-insensitive regular expressions, anchored at their start only. Counts for every path of the host, in whatever Ingress.',
    scope: 'location',
    value: boolean,
    accepts: ['true', 'false'],
    rejects: ['yes', ''],
    apply: (useRegex) => ({ useRegex }),
  }),
}
