import { feature, field, sharedField } from './feature.ts'
import { boolean, hostHeader, oneOf } from './values.ts'
import { nginx } from '../model/token.ts'

const protocols = ['HTTP', 'HTTPS', 'GRPC', 'GRPCS'] as const

export const backendProtocol = feature('backend-protocol', {
  'backend-protocol': field({
    summary: 'How nginx speaks to the endpoints. HTTPS and GRPCS do not verify the certificate.',
    value: oneOf(protocols, { fold: true }),
    unserved: ['fcgi', 'auto_http'],
    accepts: ['GRPC', 'HTTPS', 'http', 'grpcs'],
    rejects: ['HTTP2', 'HTTPS ;', ''],
    policy: (protocol) => ({ protocol }),
  }),
})

export const upstreamVhost = feature(
  'upstream-vhost',
  {
    'upstream-vhost': field({
      summary:
        "Host header that the endpoints see instead of the client's; X-Forwarded-Host keeps the client's. May hold `$namespace`, `$ingress_name`, `$service_name`, `$service_port` and variables of the request: `$host`, `$http_host`, `$server_name`, `$http_…`, `$arg_…`, `$cookie_…`.",
      value: hostHeader,
      accepts: [
        'web.internal',
        'web.internal:8080',
        '$host',
        '$service_name.$namespace.svc.cluster.local:8084',
        '$http_X_Backend_Host',
      ],
      rejects: ['$uri', '$1', 'a b', 'a;b', 'a"b', 'host:port', '$http_host$', ''],
      onInvalid: 'refuse',
    }),
  },
  ({ 'upstream-vhost': host }, { from }) =>
    host === undefined
      ? undefined
      : {
          requestHeaders: [
            {
              name: nginx`Host`,
              value: host.token,
              origin: from('upstream-vhost'),
              variables: host.variables,
            },
          ],
        },
)

export const serviceUpstream = feature('service-upstream', {
  'service-upstream': sharedField({
    summary:
      "Sends requests to the Service's cluster IP instead of to its endpoints, where it has one.",
    value: boolean,
    accepts: ['true', 'false'],
    rejects: ['yes', ''],
    policy: (serviceUpstream) => ({ serviceUpstream }),
    key: { default: 'false' },
  }),
})
