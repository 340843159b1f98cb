import {
  boolean,
  numberToken,
  oneOf,
  spaced,
  wholeNumber,
  wholeSeconds,
} from '../annotations/values.ts'
import { directive } from '../model/directive.ts'
import { literal, nginx, seconds, word } from '../model/token.ts'
import { setting } from './setting.ts'

const secondsRejects = ['5s', '-1', '', 'soon']

export const proxying = {
  'proxy-next-upstream': setting({
    summary: 'When a request is passed to the next endpoint.',
    value: spaced(
      oneOf([
        'error',
        'timeout',
        'invalid_header',
        'http_500',
        'http_502',
        'http_503',
        'http_504',
        'http_403',
        'http_404',
        'http_429',
        'non_idempotent',
        'off',
      ]),
    ),
    default: 'error timeout',
    accepts: ['error timeout http_502'],
    rejects: ['always', 'error;'],
  }),
  'proxy-next-upstream-tries': setting({
    summary: 'How many endpoints are tried; `0` for all.',
    value: numberToken(0, 1000),
    default: '3',
    accepts: ['0', '5'],
    rejects: ['-1'],
    http: (tries) => [
      directive('proxy_next_upstream_tries', tries),
      directive('grpc_next_upstream_tries', tries),
    ],
  }),
  'proxy-next-upstream-timeout': setting({
    summary: 'Seconds within which another endpoint may be tried; `0` for no limit.',
    value: wholeSeconds,
    default: '0',
    accepts: ['10'],
    rejects: secondsRejects,
    http: (time) => [
      directive('proxy_next_upstream_timeout', time),
      directive('grpc_next_upstream_timeout', time),
    ],
  }),
  'retry-non-idempotent': setting({
    summary: 'Whether POST, LOCK and PATCH are passed to another endpoint, too.',
    value: boolean,
    default: 'false',
    accepts: ['true'],
    rejects: ['yes'],
  }),
  'upstream-keepalive-connections': setting({
    summary:
      'Idle connections to endpoints that a worker keeps, over all upstreams; `0` keeps none.',
    value: wholeNumber(0, 100_000),
    default: '320',
    accepts: ['0', '1000'],
    rejects: ['-1', 'many'],
  }),
  'upstream-keepalive-requests': setting({
    summary: 'Requests over one connection to an endpoint.',
    value: numberToken(1, 1_000_000_000),
    default: '10000',
    accepts: ['100'],
    rejects: ['0'],
  }),
  'upstream-keepalive-time': setting({
    summary: 'How long one connection to an endpoint is used at most.',
    value: {
      expected: 'a time such as "1h"',
      parse: (text) => (/^[1-9][0-9]{0,6}(?:ms|[smhd])$/.test(text) ? word(text) : undefined),
    },
    default: '1h',
    accepts: ['10m'],
    rejects: ['1 h', 'long'],
  }),
  'upstream-keepalive-timeout': setting({
    summary: 'Seconds after which an idle connection to an endpoint is closed.',
    value: {
      expected: 'whole seconds without a unit, such as "60"',
      parse: (text) => (/^[0-9]{1,6}$/.test(text) ? seconds(Number(text)) : undefined),
    },
    default: '60',
    accepts: ['15'],
    rejects: ['60s'],
  }),
  'use-gzip': setting({
    summary: 'Compresses responses with gzip.',
    value: boolean,
    default: 'false',
    accepts: ['true'],
    rejects: ['on'],
    http: (on) =>
      on
        ? [
            directive('gzip', nginx`on`),
            directive('gzip_comp_level', nginx`1`),
            directive('gzip_min_length', nginx`256`),
            directive('gzip_proxied', nginx`any`),
            directive('gzip_vary', nginx`on`),
            directive('gzip_types', ...gzipTypes.map(literal)),
          ]
        : [],
  }),
}

/** ingress-nginx's default of `gzip-types`; text/html is always compressed. */
const gzipTypes = [
  'application/atom+xml',
  'application/javascript',
  'application/x-javascript',
  'application/json',
  'application/rss+xml',
  'application/vnd.ms-fontobject',
  'application/x-font-ttf',
  'application/x-web-app-manifest+json',
  'application/xhtml+xml',
  'application/xml',
  'font/opentype',
  'image/svg+xml',
  'image/x-icon',
  'text/css',
  'text/javascript',
  'text/plain',
  'text/x-component',
]
