import { byText } from '../diagnostics.ts'
import type { Diagnostic } from '../diagnostics.ts'
import type { Certificate, Server } from '../model/config.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import { settingsOf } from '../settings/settings.ts'
import { annotate } from './annotate.ts'
import type { Annotated } from './annotate.ts'
import { backendsOf } from './backends.ts'
import { certificatesOf, defaultCertificate } from './certificates.ts'
import { servedIngresses } from './classes.ts'
import type { Context } from './context.ts'
import { hostsOf } from './hosts.ts'
import { httpOf } from './http.ts'
import { suspiciousField } from './inspect.ts'
import { locationsOf } from './locations.ts'
import { keepalive } from './keepalive.ts'
import { serverOf, statusServer } from './servers.ts'
import { certificateMaps } from './tls-context.ts'
import type { Translation, TranslateOptions } from './translation.ts'

/**
 * From what the cluster says to what nginx shall serve.
 *
 * Ingresses of our class are read with their annotations (`annotate`) and merged, oldest first, into
 * hosts (`hostsOf`). Each host becomes a server: its paths become locations (`locationsOf`), their
 * Services upstreams (`backendsOf`), its TLS sections a certificate (`certificatesOf`). The ConfigMap
 * becomes Settings, which the http context prints once for all (`httpOf`). What somebody wrote wrong is
 * a Diagnostic and touches nothing else. The same objects give the same Config, in whatever order they came.
 */
export function translate(snapshot: Snapshot, options: TranslateOptions): Translation {
  const diagnostics: Diagnostic[] = [...snapshot.diagnostics]
  const configMap =
    options.configmap === undefined ? undefined : snapshot.configMaps.get(options.configmap)
  const read = settingsOf(configMap)
  diagnostics.push(...read.diagnostics)
  const context: Context = {
    snapshot,
    options,
    settings: read.settings,
    report: (diagnostic) => diagnostics.push(diagnostic),
  }

  const hosts = hostsOf(acceptedIngresses(context), context)
  const tls = certificatesOf(hosts, context)
  const backends = backendsOf(context)
  const servers = hosts.map((host): Server => {
    const hostTls = tls.get(host.name) ?? { isEnabled: false, certificate: undefined }
    return serverOf(host, locationsOf(host, hostTls.isEnabled, backends, context), context)
  })

  const upstreams = backends.upstreams()
  const pooled = keepalive(context, upstreams)
  const presented = new Map<string, Certificate>()
  for (const [host, { certificate }] of tls)
    if (certificate !== undefined) presented.set(host, certificate)
  const fallback = defaultCertificate(options.defaultSslCertificate, context)
  const { main, events, http } = httpOf(
    context,
    upstreams,
    servers.length,
    longest(hosts),
    usesGrpc(servers),
  )

  return {
    config: {
      main,
      events,
      http: [...http, ...certificateMaps(presented, fallback)],
      upstreams: upstreams.map((upstream) => ({
        ...upstream,
        directives: [...upstream.directives, ...pooled],
      })),
      servers: [statusServer(context), ...servers],
      certificates: distinct([
        ...presented.values(),
        ...(fallback === undefined ? [] : [fallback]),
      ]),
    },
    diagnostics: diagnostics.sort(byText),
  }
}

/** Ingresses of our class that may be served at all, oldest first, with their annotations. */
function acceptedIngresses(context: Context): readonly Annotated[] {
  const { options, report } = context
  return servedIngresses(context).flatMap((ingress) => {
    if (options.disableCatchAll && ingress.defaultBackend !== undefined) {
      report({
        code: 'ingress-refused',
        severity: 'error',
        object: ingress,
        field: 'spec.defaultBackend',
        problem: '--disable-catch-all forbids default backends',
        instead: 'the Ingress is not served',
      })
      return []
    }
    const field = options.deepInspect ? suspiciousField(ingress) : undefined
    if (field !== undefined) {
      report({
        code: 'ingress-refused',
        severity: 'error',
        object: ingress,
        field,
        problem: 'looks like injected configuration',
        instead: 'the Ingress is not served',
      })
      return []
    }
    const annotated = annotate(ingress, options.annotationsPrefix)
    for (const diagnostic of annotated.diagnostics) report(diagnostic)
    return annotated.isRefused ? [] : [annotated]
  })
}

const longest = (hosts: readonly { readonly name: string }[]): number =>
  Math.max(0, ...hosts.map(({ name }) => name.length))

const usesGrpc = (servers: readonly Server[]): boolean =>
  servers.some(({ locations }) =>
    locations.some(({ directives }) => directives.some(({ name }) => name === 'grpc_pass')),
  )

const distinct = (certificates: readonly Certificate[]): readonly Certificate[] =>
  [...new Map(certificates.map((certificate) => [certificate.digest, certificate])).values()].sort(
    (a, b) => (a.digest < b.digest ? -1 : 1),
  )
