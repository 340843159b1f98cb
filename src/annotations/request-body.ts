import { directive } from '../model/directive.ts'
import { annotation } from './annotation.ts'
import { offset, onOff } from './values.ts'

export const requestBody = {
  'proxy-body-size': annotation({
    summary: 'Largest request body a client may send; a larger one gets 413. `0` lifts the limit.',
    scope: 'location',
    value: offset,
    accepts: ['8m', '0', '1g', '1024', '10M'],
    rejects: ['8 MB', '-1', '1e3', '8m; root /', '8b', '99999999999999999999g', ''],
    apply: (limit) => [directive('client_max_body_size', limit)],
  }),

  // `off` streams a chunked body only over HTTP/1.1, which nginx.conf asks of every upstream.
  'proxy-request-buffering': annotation({
    summary: 'Whether nginx reads the whole request body before it calls the endpoint.',
    scope: 'location',
    value: onOff,
    accepts: ['off', 'on'],
    rejects: ['yes', 'Off', ''],
    apply: (mode) => [directive('proxy_request_buffering', mode)],
  }),
}
