import { directive } from '../model/directive.ts'
import { feature, sharedField } from './feature.ts'
import { offset, onOff } from './values.ts'

export const requestBody = feature('request-body', {
  'proxy-body-size': sharedField({
    summary: 'Largest request body a client may send; a larger one gets 413. `0` lifts the limit.',
    value: offset,
    accepts: ['8m', '0', '1g', '1024', '10M'],
    rejects: ['8 MB', '-1', '1e3', '8m; root /', '8b', '99999999999999999999g', ''],
    tuning: (limit) => [directive('client_max_body_size', limit)],
    key: { default: '1m', aliases: ['client-max-body-size'] },
  }),

  // `off` streams a chunked body only over HTTP/1.1, which nginx.conf asks of every upstream.
  'proxy-request-buffering': sharedField({
    summary: 'Whether nginx reads the whole request body before it calls the endpoint.',
    value: onOff,
    accepts: ['off', 'on'],
    rejects: ['yes', 'Off', ''],
    tuning: (mode) => [directive('proxy_request_buffering', mode)],
    key: { default: 'on' },
  }),
})
