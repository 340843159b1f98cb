import { directive } from '../model/directive.ts'
import { number } from '../model/token.ts'
import { annotation } from './annotation.ts'
import { onOff, size } from './values.ts'

/** ingress-nginx's default of `proxy-buffers-number`; nginx wants at least two. */
export const buffersNumber = number(4)

export const responseBuffering = {
  'proxy-buffering': annotation({
    summary:
      'Whether nginx takes the response from the endpoint as fast as it can. `off` passes it on as it arrives.',
    scope: 'location',
    value: onOff,
    accepts: ['on', 'off'],
    rejects: ['true', 'ON', ''],
    apply: (mode) => [directive('proxy_buffering', mode)],
  }),

  'proxy-buffer-size': annotation({
    summary:
      'Buffer for the response header, and size of each buffer for its body; a larger header gives 502.',
    scope: 'location',
    value: size,
    accepts: ['8k', '128k', '64m', '4096'],
    rejects: ['8kb', '1g', '65m', '67108865', '0', '-4k', '8 k', '16k\n'],
    apply: (each) => [
      directive('proxy_buffer_size', each),
      directive('proxy_buffers', buffersNumber, each),
    ],
  }),
}
