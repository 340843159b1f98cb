import { byText } from '../diagnostics.ts'
import type { Diagnostic } from '../diagnostics.ts'
import type { Certificate, Server } from '../model/config.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import { accessMaps } from './compose/access.ts'
import { annotate } from './ingresses/annotate.ts'
import type { Annotated } from './ingresses/annotate.ts'
import { backendsOf, referenceTo } from './backends/backends.ts'
import type { Backends, Reference } from './backends/backends.ts'
import { certificatesOf, defaultCertificate } from './tls/certificates.ts'
import { servedIngresses } from './ingresses/classes.ts'
import type { Context } from './context.ts'
import { hostsOf } from './hosts/hosts.ts'
import type { Host } from './hosts/hosts.ts'
import { httpOf, upstreamNames } from './http/http.ts'
import { suspiciousField } from './ingresses/inspect.ts'
import { locationsOf } from './hosts/locations.ts'
import { Memory } from './memory/memory.ts'
import { reportDefaultBackend } from './compose/proxying.ts'
import type { Resolved } from './backends/resolve-service.ts'
import { keepalive } from './backends/keepalive.ts'
import { withProtocols } from './backends/named-endpoints.ts'
import { zoneOf } from './backends/resolver.ts'
import {
  redirectServer,
  serverOf,
  serverParts,
  statusServer,
  tlsOnly,
  unavailableServer,
} from './hosts/servers.ts'
import { certificateMaps } from './tls/tls-context.ts'
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
  const memory = memoryOf(options)
  const diagnostics: Diagnostic[] = [...snapshot.diagnostics]
  const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic)
  const configMap =
    options.configmap === undefined ? undefined : snapshot.configMaps.get(options.configmap)
  const read = memory.settings(configMap)
  diagnostics.push(...read.diagnostics)
  const context: Context = { snapshot, options, settings: read.settings, report }

  const accepted = acceptedIngresses(context)
  const hosts = hostsOf(accepted, memory, context)
  const tls = certificatesOf(hosts, memory, context)
  const { services, endpointSlices } = snapshot
  const pass = { of: {}, services, endpointSlices }
  const backends = backendsOf(context, memory, pass)
  reportDefaultBackend(backends, context)
  const parts = memory.serverParts.of([context.settings], () => serverParts(context))
  const servers = hosts.map((host): Server => {
    const isTls = tls.get(host.name)?.isEnabled ?? false
    const inputs = inputsOf(host, isTls, backends, context)
    return memory.servers.of(host.name, inputs, report, (reportOfHost) => {
      const own = { ...context, report: reportOfHost }
      return serverOf(host, locationsOf(host, isTls, backends, own), parts, own)
    })
  })
  const redirected = tlsOnly(servers, parts)

  const [upstreams, endpoints] = [backends.upstreams(), backends.endpoints()]
  const isNamed = options.endpointUpdates === 'resolve'
  const pool = keepalive(context, upstreams.length)
  const zone = isNamed ? [zoneOf(endpoints)] : []
  const presented = new Map<string, Certificate>()
  for (const [host, { certificate }] of tls)
    if (certificate !== undefined) presented.set(host, certificate)
  const fallback = defaultCertificate(options.defaultSslCertificate, context)
  const certificates = [...presented.values(), ...(fallback === undefined ? [] : [fallback])]
  const { main, events, http } = memory.context(httpOf(context, upstreams, servers, endpoints))
  const maps = [
    ...accessMaps(accepted, context),
    // a name says all; the upstream is another with other endpoints
    ...memory.upstreamNames.of([context.settings, ...upstreams.map(({ name }) => name)], () =>
      upstreamNames(upstreams, context),
    ),
    ...memory.certificateMaps.of([...presented.keys(), ...certificates], () =>
      certificateMaps(presented, fallback),
    ),
  ]
  memory.keepOnly(tls, pass)

  return {
    config: {
      main,
      events,
      http: memory.http.of([http, ...maps], () => [...http, ...maps]),
      upstreams: memory.pooled(upstreams, pool, zone),
      servers: [
        statusServer(context),
        ...(isNamed ? [unavailableServer(context)] : []),
        ...memory.redirects.of([parts, ...redirected], () =>
          redirected.length === 0 ? [] : [redirectServer(redirected, parts)],
        ),
        ...servers,
      ],
      certificates: memory.certificates.of(certificates, () => distinct(certificates)),
    },
    diagnostics: diagnostics.sort(byText),
    endpoints: withProtocols(endpoints, servers),
  }
}

const memories = new WeakMap<TranslateOptions, Memory>()

/** Passes with the same options remember each other. */
function memoryOf(options: TranslateOptions): Memory {
  let memory = memories.get(options)
  if (memory === undefined) {
    memory = new Memory()
    memories.set(options, memory)
  }
  return memory
}

/** Everything that the server of `host` depends on; the endpoints behind an upstream are not among it. */
function inputsOf(
  host: Host,
  isTls: boolean,
  backends: Backends,
  { settings, options }: Context,
): readonly unknown[] {
  const inputs: unknown[] = [settings, isTls, host]
  for (const reference of referencesOf(host, settings['service-upstream']))
    inputs.push(signature(backends.find(reference)))
  if (options.defaultBackendService !== undefined && host.fallback === undefined)
    inputs.push(signature(backends.resolveFirstPort(options.defaultBackendService)))
  return inputs
}

const referring = new WeakMap<
  Host,
  { readonly viaClusterIp: boolean; readonly references: readonly Reference[] }
>()

/** What the paths of `host` refer to; `viaClusterIp` is for those that do not say. */
function referencesOf(host: Host, viaClusterIp: boolean): readonly Reference[] {
  const already = referring.get(host)
  if (already?.viaClusterIp === viaClusterIp) return already.references
  const paths = host.fallback === undefined ? host.paths : [...host.paths, host.fallback]
  const references = new Map<string, Reference>()
  for (const { annotated, path } of paths) {
    const { backend } = path
    if (backend.kind !== 'service') continue
    const via = annotated.policy.serviceUpstream ?? viaClusterIp
    const to = referenceTo(annotated.ingress.namespace, backend.name, backend.port, via)
    references.set(to.text, to)
  }
  const result = { viaClusterIp, references: [...references.values()] }
  referring.set(host, result)
  return result.references
}

const signatures = new WeakMap<Resolved, string>()

function signature(resolved: Resolved): string {
  let text = signatures.get(resolved)
  if (text === undefined) {
    text = signatureOf(resolved)
    signatures.set(resolved, text)
  }
  return text
}

/** What a location says of where it leads. */
function signatureOf({ target, problem }: Resolved): string {
  switch (target.kind) {
    case 'upstream':
      return `${target.upstream.name} ${problem?.problem}`
    case 'name':
      return `name ${target.address}`
    case 'unavailable':
      return `unavailable ${problem?.problem}`
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

const distinct = (certificates: readonly Certificate[]): readonly Certificate[] =>
  [...new Map(certificates.map((certificate) => [certificate.digest, certificate])).values()].sort(
    (a, b) => (a.digest < b.digest ? -1 : 1),
  )
