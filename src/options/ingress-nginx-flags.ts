import { flag, optional } from './flag.ts'
import type { Flag } from './flag.ts'
import * as v from './values.ts'

/**
 * The flags of ingress-nginx that this version accepts without acting on them, so that an existing
 * Deployment starts with the arguments it has.
 */

const status = {
  'update-status': flag({
    group: 'Status and leader election',
    summary: 'Write load-balancer addresses into the status of Ingresses.',
    value: v.boolean,
    default: 'true',
    effect: 'later',
  }),
  'update-status-on-shutdown': flag({
    group: 'Status and leader election',
    summary: 'Clear the status when the last pod ends.',
    value: v.boolean,
    default: 'true',
    effect: 'later',
  }),
  'publish-service': optional({
    group: 'Status and leader election',
    summary: 'Service whose addresses are written to the status.',
    value: v.objectKey,
    effect: 'later',
  }),
  'publish-status-address': optional({
    group: 'Status and leader election',
    summary: 'Addresses that are written to the status.',
    value: v.hosts,
    effect: 'later',
  }),
  'report-node-internal-ip-address': flag({
    group: 'Status and leader election',
    summary: 'Of a node, report its internal address.',
    value: v.boolean,
    default: 'false',
    effect: 'later',
  }),
  'status-update-interval': flag({
    group: 'Status and leader election',
    summary: 'Seconds between checks of the status.',
    value: v.integer(0, 86_400, 'SECONDS'),
    default: '60',
    effect: 'later',
  }),
  'election-id': flag({
    group: 'Status and leader election',
    summary: 'Name of the Lease.',
    value: v.subdomain,
    default: 'ingress-controller-leader',
    effect: 'later',
  }),
  'election-ttl': flag({
    group: 'Status and leader election',
    summary: 'How long the Lease is held.',
    value: v.duration,
    default: '30s',
    effect: 'later',
  }),
  'disable-leader-election': flag({
    group: 'Status and leader election',
    summary: 'No leader election and no status.',
    value: v.boolean,
    default: 'false',
    effect: 'later',
  }),
  'disable-sync-events': flag({
    group: 'Status and leader election',
    summary: 'Write no Events about Ingresses.',
    value: v.boolean,
    default: 'false',
    effect: 'later',
  }),
} as const

const metrics = {
  'enable-metrics': flag({
    group: 'Metrics',
    summary: 'Collect metrics of nginx and of requests.',
    value: v.boolean,
    default: 'false',
    effect: 'later',
  }),
  'metrics-per-host': flag({
    group: 'Metrics',
    summary: 'Label host on request metrics.',
    value: v.boolean,
    default: 'true',
    effect: 'later',
  }),
  'metrics-per-undefined-host': flag({
    group: 'Metrics',
    summary: 'Count requests of hosts that no Ingress names.',
    value: v.boolean,
    default: 'false',
    effect: 'later',
  }),
  'report-status-classes': flag({
    group: 'Metrics',
    summary: 'Label status as 2xx instead of the code.',
    value: v.boolean,
    default: 'false',
    effect: 'later',
  }),
  'time-buckets': flag({
    group: 'Metrics',
    summary: 'Buckets of durations.',
    value: v.buckets,
    default: '0.005,0.01,0.025,0.05,0.1,0.25,0.5,1,2.5,5,10',
    effect: 'later',
  }),
  'length-buckets': flag({
    group: 'Metrics',
    summary: 'Buckets of request and response sizes.',
    value: v.buckets,
    default: '10,20,30,40,50,60,70,80,90,100',
    effect: 'later',
  }),
  'size-buckets': flag({
    group: 'Metrics',
    summary: 'Buckets of bytes sent.',
    value: v.buckets,
    default: '10,100,1000,10000,100000,1000000,10000000',
    effect: 'later',
  }),
  'exclude-socket-metrics': optional({
    group: 'Metrics',
    summary: 'Request metrics to leave out.',
    value: v.names,
    effect: 'later',
  }),
  'internal-logger-address': flag({
    group: 'Metrics',
    summary: 'Where nginx sends its access records.',
    value: v.socketAddress,
    default: '127.0.0.1:11514',
    effect: 'later',
  }),
} as const

const webhook = {
  'validating-webhook': optional({
    group: 'Admission webhook',
    summary: 'Address of the webhook.',
    value: v.socketAddress,
    effect: 'later',
  }),
  'validating-webhook-certificate': optional({
    group: 'Admission webhook',
    summary: 'Certificate file of the webhook.',
    value: v.path,
    effect: 'later',
  }),
  'validating-webhook-key': optional({
    group: 'Admission webhook',
    summary: 'Key file of the webhook.',
    value: v.path,
    effect: 'later',
  }),
  'disable-full-test': flag({
    group: 'Admission webhook',
    summary: 'Test the Ingress in question alone.',
    value: v.boolean,
    default: 'false',
    effect: 'later',
  }),
} as const

const streams = {
  'tcp-services-configmap': optional({
    group: 'TCP, UDP and TLS passthrough',
    summary: 'ConfigMap that lists TCP ports.',
    value: v.objectKey,
    effect: 'later',
  }),
  'udp-services-configmap': optional({
    group: 'TCP, UDP and TLS passthrough',
    summary: 'ConfigMap that lists UDP ports.',
    value: v.objectKey,
    effect: 'later',
  }),
  'enable-ssl-passthrough': flag({
    group: 'TCP, UDP and TLS passthrough',
    summary: 'TLS connections handed on by their server name.',
    value: v.boolean,
    default: 'false',
    effect: 'later',
  }),
  'ssl-passthrough-proxy-port': flag({
    group: 'TCP, UDP and TLS passthrough',
    summary: 'Internal HTTPS port behind the passthrough.',
    value: v.port,
    default: '442',
    effect: 'later',
  }),
} as const

export const laterFlags = {
  ...status,
  ...metrics,
  ...webhook,
  ...streams,
  'enable-topology-aware-routing': flag({
    group: 'Ingresses',
    summary: 'Prefer endpoints of the same zone where a Service asks for it.',
    value: v.boolean,
    default: 'false',
    effect: 'later',
  }),
} as const

const nothing = (fallback: string, isBoolean = false): Flag<string> =>
  flag({
    group: 'Accepted for ingress-nginx, without effect',
    summary: '',
    value: isBoolean ? { ...v.text, form: '', isBoolean: true } : v.text,
    default: fallback,
    effect: 'none',
  })

const klog = (isBoolean = false): Flag<string> => ({ ...nothing('', isBoolean), effect: 'silent' })

/** What means nothing on stock nginx or outside Go: any value is accepted. */
export const ignoredFlags = {
  profiling: nothing('true', true),
  'profiler-port': nothing('10245'),
  'profiler-address': nothing('127.0.0.1'),
  'enable-ssl-chain-completion': nothing('false', true),
  'bucket-factor': nothing('0'),
  'max-buckets': nothing('100'),
  'monitor-max-batch-size': nothing('10000'),
  'stream-port': nothing('10247'),
  'default-server-port': nothing('8181'),
  'dynamic-configuration-retries': nothing('15'),
  'maxmind-mirror': nothing(''),
  'maxmind-license-key': nothing(''),
  'maxmind-edition-ids': nothing('GeoLite2-City,GeoLite2-ASN'),
  'maxmind-retries-count': nothing('1'),
  'maxmind-retries-timeout': nothing('0s'),

  vmodule: klog(),
  logtostderr: klog(true),
  alsologtostderr: klog(true),
  stderrthreshold: klog(),
  log_dir: klog(),
  log_file: klog(),
  log_file_max_size: klog(),
  log_backtrace_at: klog(),
  add_dir_header: klog(true),
  one_output: klog(true),
  skip_headers: klog(true),
  skip_log_headers: klog(true),
} as const
