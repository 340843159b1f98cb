import {
  boolean,
  cidrs,
  headerName,
  numberToken,
  paths,
  wholeSeconds,
} from '../annotations/values.ts'
import { directive } from '../model/directive.ts'
import { setting } from './setting.ts'

const booleanRejects = ['yes', 'on']

export const clients = {
  'use-proxy-protocol': setting({
    summary: 'Both ports expect the PROXY protocol, which brings the address of the client.',
    value: boolean,
    default: 'false',
    accepts: ['true'],
    rejects: booleanRejects,
  }),
  'use-forwarded-headers': setting({
    summary:
      'Believes X-Forwarded-Proto, -Port and -Host of everybody, and X-Forwarded-For of peers in `proxy-real-ip-cidr`.',
    value: boolean,
    default: 'false',
    accepts: ['true'],
    rejects: booleanRejects,
  }),
  'enable-real-ip': setting({
    summary: 'Believes X-Forwarded-For alone, of peers in `proxy-real-ip-cidr`.',
    value: boolean,
    default: 'false',
    accepts: ['true'],
    rejects: booleanRejects,
  }),
  'forwarded-for-header': setting({
    summary: 'Header that carries the address of the client.',
    value: headerName,
    default: 'X-Forwarded-For',
    accepts: ['CF-Connecting-IP'],
    rejects: ['X Forwarded', 'a;'],
  }),
  'compute-full-forwarded-for': setting({
    summary:
      'With `use-forwarded-headers`: appends the peer to X-Forwarded-For instead of replacing the header.',
    value: boolean,
    default: 'false',
    accepts: ['true'],
    rejects: booleanRejects,
  }),
  'proxy-real-ip-cidr': setting({
    summary:
      'Peers whose X-Forwarded-For or PROXY header is believed. The default believes everybody.',
    value: cidrs,
    default: '0.0.0.0/0',
    closed: { value: [], meaning: 'no forwarded address is believed' },
    accepts: ['10.0.0.0/8,192.168.0.0/16'],
    rejects: ['10.0.0.0/40'],
  }),
  'no-auth-locations': setting({
    summary:
      'Comma-separated paths of Ingresses at which nobody is asked who he is, with everything below them; whatever `auth-type` and `auth-url` say.',
    value: paths,
    default: '/.well-known/acme-challenge',
    closed: { value: [], meaning: 'everybody is asked at every path' },
    accepts: ['/a,/b'],
    rejects: ['acme'],
  }),
  'generate-request-id': setting({
    summary:
      'Gives a request without X-Request-ID a random one, which takes a tenth of the processor time of a short request.',
    value: boolean,
    default: 'true',
    accepts: ['false'],
    rejects: booleanRejects,
  }),
  'keep-alive': setting({
    summary: 'Seconds for which an idle connection of a client is kept; `0` for none.',
    value: wholeSeconds,
    default: '75',
    accepts: ['0', '30'],
    rejects: ['75s', '-1'],
    http: (time) => [directive('keepalive_timeout', time)],
  }),
  'keep-alive-requests': setting({
    summary: 'Requests over one connection of a client.',
    value: numberToken(1, 1_000_000_000),
    default: '1000',
    accepts: ['100'],
    rejects: ['0', '-1'],
    http: (requests) => [directive('keepalive_requests', requests)],
  }),
  'server-tokens': setting({
    summary: 'Whether the Server header and error pages tell the version of nginx.',
    value: boolean,
    default: 'false',
    accepts: ['true'],
    rejects: booleanRejects,
  }),
}
