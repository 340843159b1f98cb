import { directive } from '../model/directive.ts'
import { annotation } from './annotation.ts'
import { wholeSeconds } from './values.ts'

const rejects = ['5s', '-1', '1.5', '', '9999999999', '60;']

export const timeouts = {
  'proxy-connect-timeout': annotation({
    summary:
      'Seconds for a connection to an endpoint to be made; then the next endpoint is tried, in the end 504.',
    scope: 'location',
    value: wholeSeconds,
    accepts: ['5', '75', '+5'],
    rejects,
    apply: (time) => [directive('proxy_connect_timeout', time)],
  }),

  'proxy-send-timeout': annotation({
    summary: 'Longest pause in seconds between two writes to the endpoint.',
    scope: 'location',
    value: wholeSeconds,
    accepts: ['60', '3600'],
    rejects,
    apply: (time) => [directive('proxy_send_timeout', time)],
  }),

  'proxy-read-timeout': annotation({
    summary:
      'Longest pause in seconds between two reads from the endpoint; then 504. Raise it for websockets that are silent.',
    scope: 'location',
    value: wholeSeconds,
    accepts: ['60', '3600'],
    rejects,
    apply: (time) => [directive('proxy_read_timeout', time)],
  }),
}
