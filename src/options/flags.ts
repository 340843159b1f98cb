import { flag, optional, pick } from './flag.ts'
import type { OptionsOf } from './flag.ts'
import { ignoredFlags, laterFlags } from './ingress-nginx-flags.ts'
import * as v from './values.ts'

export const cluster = {
  manifests: optional({
    group: 'Cluster',
    summary: 'The cluster is this folder of YAML or JSON files, watched; no API server.',
    value: v.directory,
  }),
  kubeconfig: optional({
    group: 'Cluster',
    summary: 'Kubeconfig file with server and credentials. Without it: the pod’s own.',
    value: v.path,
  }),
  'apiserver-host': optional({
    group: 'Cluster',
    summary: 'URL of the API server.',
    value: v.url,
  }),
  'certificate-authority': optional({
    group: 'Cluster',
    summary: 'CA file for the API server of --apiserver-host.',
    value: v.path,
  }),
  'watch-namespace': optional({
    group: 'Cluster',
    summary: 'Watch this namespace alone.',
    value: v.namespace,
  }),
  'watch-namespace-selector': optional({
    group: 'Cluster',
    summary: 'Watch the namespaces whose labels match.',
    value: v.selector,
  }),
  'sync-period': flag({
    group: 'Cluster',
    summary: 'Read everything anew this often; 0 never.',
    value: v.duration,
    default: '0',
  }),
}

export const ingresses = {
  configmap: optional({
    group: 'Ingresses',
    summary: 'ConfigMap with the settings for all Ingresses.',
    value: v.objectKey,
  }),
  'ingress-class': flag({
    group: 'Ingresses',
    summary: 'Value of annotation kubernetes.io/ingress.class that is served.',
    value: v.named('NAME', 'the name of a class'),
    default: 'nginx',
  }),
  'controller-class': flag({
    group: 'Ingresses',
    summary: 'spec.controller of the IngressClasses that are served.',
    value: v.named('NAME', 'the name of a controller'),
    default: 'k8s.io/ingress-nginx',
  }),
  'ingress-class-by-name': flag({
    group: 'Ingresses',
    summary: 'Serve the IngressClass named as --ingress-class too, whatever its controller.',
    value: v.boolean,
    default: 'false',
  }),
  'watch-ingress-without-class': flag({
    group: 'Ingresses',
    summary: 'Serve Ingresses without any class too.',
    value: v.boolean,
    default: 'false',
  }),
  'default-backend-service': optional({
    group: 'Ingresses',
    summary: 'Service that answers unknown hosts and paths. Without it: 404.',
    value: v.objectKey,
  }),
  'default-ssl-certificate': optional({
    group: 'Ingresses',
    summary: 'TLS Secret for hosts without a usable certificate. Without it: self-signed.',
    value: v.objectKey,
  }),
  'disable-catch-all': flag({
    group: 'Ingresses',
    summary: 'Ignore Ingresses with a default backend.',
    value: v.boolean,
    default: 'false',
  }),
  'disable-svc-external-name': flag({
    group: 'Ingresses',
    summary: 'Services of type ExternalName have no endpoints.',
    value: v.boolean,
    default: 'false',
  }),
  'annotations-prefix': flag({
    group: 'Ingresses',
    summary: 'Prefix of annotations.',
    value: v.subdomain,
    default: 'nginx.ingress.kubernetes.io',
  }),
  'deep-inspect': flag({
    group: 'Ingresses',
    summary: 'Refuse Ingresses that look as if they smuggle nginx directives.',
    value: v.boolean,
    default: 'true',
  }),
  'enable-annotation-validation': flag({
    group: 'Ingresses',
    summary: 'Always on in Sluice: an annotation that is not what it must be never takes effect.',
    value: v.boolean,
    default: 'true',
  }),
}

export const nginx = {
  'nginx-mode': optional({
    group: 'nginx',
    summary:
      'sidecar: signal the nginx of this pod; child: start nginx. Default: child with --manifests, else sidecar.',
    value: v.oneOf('sidecar', 'child'),
  }),
  nginx: flag({
    group: 'nginx',
    summary: 'The nginx program that checks configurations (and serves them in child mode).',
    value: v.path,
    default: 'nginx',
  }),
  'state-dir': flag({
    group: 'nginx',
    summary: 'Bundles and key files: the directory shared with nginx.',
    value: v.directory,
    default: '/var/run/sluice',
  }),
  'template-dir': optional({
    group: 'nginx',
    summary: 'Your own copies of some of the templates; watched.',
    value: v.directory,
  }),
  'endpoint-updates': flag({
    group: 'nginx',
    summary:
      'How a change of endpoints reaches nginx: it asks Sluice and needs no reload, or it reloads. `auto` has it ask where it can (nginx 1.27.3 and newer).',
    value: v.oneOf('auto', 'resolve', 'reload'),
    default: 'auto',
  }),
  'sync-rate-limit': optional({
    group: 'nginx',
    summary: 'At most this many reloads per second. Default: spaced by what they cost.',
    value: v.decimal,
  }),
}

const ports = {
  'http-port': flag({
    group: 'Ports and health',
    summary: 'Port of nginx for HTTP.',
    value: v.port,
    default: '80',
  }),
  'https-port': flag({
    group: 'Ports and health',
    summary: 'Port of nginx for HTTPS.',
    value: v.port,
    default: '443',
  }),
  'healthz-port': flag({
    group: 'Ports and health',
    summary: 'Port of Sluice itself: health and metrics.',
    value: v.port,
    default: '10254',
  }),
  'healthz-host': optional({
    group: 'Ports and health',
    summary: 'Address that --healthz-port binds. Default: all.',
    value: v.host,
  }),
  'status-port': flag({
    group: 'Ports and health',
    summary: 'Loopback port on which nginx tells its state to Sluice.',
    value: v.port,
    default: '10246',
  }),
  'health-check-path': flag({
    group: 'Ports and health',
    summary: 'Path of the health endpoint.',
    value: v.urlPath,
    default: '/healthz',
  }),
  'health-check-timeout': flag({
    group: 'Ports and health',
    summary: 'Seconds that nginx has to answer a health check.',
    value: v.integer(1, 3_600, 'SECONDS'),
    default: '10',
  }),
}

const lifetime = {
  'shutdown-grace-period': flag({
    group: 'Start and stop',
    summary: 'Seconds from SIGTERM, when health turns bad, to the start of the shutdown.',
    value: v.seconds,
    default: '0',
  }),
  'post-shutdown-grace-period': optional({
    group: 'Start and stop',
    summary: 'Seconds from the end of nginx to the end of Sluice. Default: 10; 0 in child mode.',
    value: v.seconds,
  }),
}

export const logFlags = {
  v: flag({
    group: 'Logs',
    summary: 'Verbosity: 2 and more shows debug lines.',
    value: v.integer(0, 100),
    default: '0',
    short: 'v',
  }),
}

/** The flags of `sluice run`. */
export const runFlags = {
  ...cluster,
  ...ingresses,
  ...nginx,
  ...ports,
  ...lifetime,
  ...logFlags,
  ...laterFlags,
  ...ignoredFlags,
}
export type Options = OptionsOf<typeof runFlags>

export const translationFlags = {
  ...ingresses,
  ...pick(nginx, 'nginx', 'state-dir', 'template-dir'),
  ...pick(ports, 'http-port', 'https-port', 'status-port', 'health-check-path'),
}
/** The options that a translation depends on. */
export type TranslationOptions = Omit<
  OptionsOf<typeof translationFlags>,
  'nginx' | 'template-dir' | 'enable-annotation-validation'
>
