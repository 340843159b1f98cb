import { directive } from '../model/directive.ts'
import { feature, sharedField } from './feature.ts'
import { wholeSeconds } from './values.ts'

const rejects = ['5s', '-1', '1.5', '', '9999999999', '60;']

export const timeouts = feature('timeouts', {
  'proxy-connect-timeout': sharedField({
    summary:
      'Seconds for a connection to an endpoint to be made; then the next endpoint is tried, in the end 504.',
    value: wholeSeconds,
    accepts: ['15', '75', '+5'],
    rejects,
    tuning: (time) => [directive('proxy_connect_timeout', time)],
    key: { default: '5' },
  }),

  'proxy-send-timeout': sharedField({
    summary: 'Longest pause in seconds between two writes to the endpoint.',
    value: wholeSeconds,
    accepts: ['600', '60'],
    rejects,
    tuning: (time) => [directive('proxy_send_timeout', time)],
    key: { default: '60' },
  }),

  'proxy-read-timeout': sharedField({
    summary:
      'Longest pause in seconds between two reads from the endpoint; then 504. Raise it for websockets that are silent.',
    value: wholeSeconds,
    accepts: ['3600', '60'],
    rejects,
    tuning: (time) => [directive('proxy_read_timeout', time)],
    key: { default: '60' },
  }),
})
