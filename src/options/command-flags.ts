import { flag, list, optional, pick } from './flag.ts'
import type { OptionsOf } from './flag.ts'
import { cluster, ingresses, logFlags, nginx, translationFlags } from './flags.ts'
import * as v from './values.ts'

/** The flags of `sluice render`. */
export const renderFlags = {
  filename: list({
    group: 'Input and output',
    summary: 'Manifests: a file, a folder, or - for stdin. May be given several times. Default: -',
    value: v.named('FILE|DIR|-', 'a file, a folder or -'),
    short: 'f',
  }),
  output: optional({
    group: 'Input and output',
    summary: 'Write nginx.conf and the key files it needs below this folder. Default: to stdout.',
    value: v.directory,
    short: 'o',
  }),
  check: flag({
    group: 'Input and output',
    summary: 'Ask "nginx -t" about the result.',
    value: v.boolean,
    default: 'false',
  }),
  ...pick(cluster, 'watch-namespace', 'watch-namespace-selector'),
  ...translationFlags,
  'state-dir': optional({
    group: 'nginx',
    summary: 'Directory that the configuration names. Default: that of -o, else /var/run/sluice.',
    value: v.directory,
  }),
  'endpoint-updates': flag({
    group: 'nginx',
    summary:
      '`resolve` prints what a controller publishes where nginx asks it for endpoints: the names to ask for, beside the addresses it would be told. `auto` and `reload` print addresses alone, which serve without a controller.',
    value: v.oneOf('auto', 'resolve', 'reload'),
    default: 'auto',
  }),
}
export type RenderOptions = OptionsOf<typeof renderFlags>

/** The flags of `sluice demo`. */
export const demoFlags = {
  manifests: optional({
    group: 'Cluster',
    summary: 'The folder of YAML files to serve. Default: examples/demo',
    value: v.directory,
  }),
  ...pick(ingresses, 'configmap', 'watch-ingress-without-class'),
  ...pick(nginx, 'template-dir'),
  nginx: optional({
    group: 'nginx',
    summary: 'The nginx program. Default: the one that "npm run demo" installed, else nginx.',
    value: v.path,
  }),
  'state-dir': optional({
    group: 'nginx',
    summary:
      'Where the configuration and the logs go. Default: a folder that is removed at the end.',
    value: v.directory,
  }),
  'http-port': optional({
    group: 'Ports and health',
    summary: 'Port of nginx for HTTP. Default: 8080, or the next free one.',
    value: v.port,
  }),
  'https-port': optional({
    group: 'Ports and health',
    summary: 'Port of nginx for HTTPS. Default: 8443, or the next free one.',
    value: v.port,
  }),
  ...logFlags,
}
export type DemoOptions = OptionsOf<typeof demoFlags>

/** The flags of `sluice docs`. */
export const docsFlags = {
  check: flag({
    group: 'Input and output',
    summary: 'Write nothing; exit code 1 if a page is not up to date.',
    value: v.boolean,
    default: 'false',
  }),
}
