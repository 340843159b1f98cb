import { annotation } from './annotation.ts'
import { boolean, hostHeader, oneOf } from './values.ts'

export const backend = {
  'backend-protocol': annotation({
    summary: 'How nginx speaks to the endpoints. HTTPS and GRPCS do not verify the certificate.',
    scope: 'location',
    value: oneOf(['HTTP', 'HTTPS', 'GRPC', 'GRPCS'], { fold: true }),
    accepts: ['GRPC', 'HTTPS', 'http', 'grpcs'],
    rejects: ['HTTP2', 'HTTPS ;', ''],
    apply: (protocol) => ({ protocol }),
  }),

  'upstream-vhost': annotation({
    summary:
      "Host header that the endpoints see instead of the client's; X-Forwarded-Host keeps the client's.",
    scope: 'location',
    value: hostHeader,
    accepts: ['web.internal', 'web.internal:8080'],
    rejects: ['$host', 'a b', 'a;b', 'a"b', 'host:port', ''],
    onInvalid: 'refuse',
    apply: (upstreamHost) => ({ upstreamHost }),
  }),

  'service-upstream': annotation({
    summary:
      "Sends requests to the Service's cluster IP instead of to its endpoints, where it has one.",
    scope: 'upstream',
    value: boolean,
    accepts: ['true', 'false'],
    rejects: ['yes', ''],
    apply: (serviceUpstream) => ({ serviceUpstream }),
  }),
}
