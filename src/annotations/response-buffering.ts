import { directive } from '../model/directive.ts'
import { number } from '../model/token.ts'
import { feature, sharedField } from './feature.ts'
import { onOff, size } from './values.ts'

/** ingress-nginx's default of `proxy-buffers-number`; nginx wants at least two. */
const buffersNumber = number(4)

export const responseBuffering = feature('response-buffering', {
  'proxy-buffering': sharedField({
    summary:
      'Whether nginx takes the response from the endpoint as fast as it can. `off` passes it on as it arrives.',
    value: onOff,
    accepts: ['on', 'off'],
    rejects: ['true', 'ON', ''],
    tuning: (mode) => [directive('proxy_buffering', mode)],
    key: { default: 'off' },
  }),

  'proxy-buffer-size': sharedField({
    summary:
      'Buffer for the response header, and size of each buffer for its body; a larger header gives 502.',
    value: size,
    accepts: ['8k', '128k', '64m', '4096'],
    rejects: ['8kb', '1g', '65m', '67108865', '0', '-4k', '8 k'],
    tuning: (each) => [
      directive('proxy_buffer_size', each),
      directive('proxy_buffers', buffersNumber, each),
    ],
    key: { default: '4k' },
  }),
})
