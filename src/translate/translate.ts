import { byText } from '../diagnostics.ts'
import type { Diagnostic } from '../diagnostics.ts'
import { secretPath } from '../model/config.ts'
import type { SecretFile, Server } from '../model/config.ts'
import type { Ingress } from '../objects/kinds.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import { keyOf } from '../objects/meta.ts'
import { missingConfigMap, settingsOf } from '../settings/settings.ts'
import { keepalive } from './backends/keepalive.ts'
import { withProtocols } from './backends/named-endpoints.ts'
import { zoneOf } from './backends/resolver.ts'
import type { Context } from './context.ts'
import { reportDefaultBackend } from './hosts/backend-ending.ts'
import { filesAsked } from './hosts/host-features.ts'
import { hostsOf } from './hosts/hosts.ts'
import type { Host } from './hosts/hosts.ts'
import { plansOf } from './hosts/locations.ts'
import {
  closedServer,
  redirectServer,
  serverOf,
  serverParts,
  statusServer,
  tlsOnly,
  unavailableServer,
} from './hosts/servers.ts'
import type { ServerParts } from './hosts/servers.ts'
import { httpOf, section } from './http/http.ts'
import { upstreamNames } from './http/logs.ts'
import { acceptedIngresses } from './ingresses/accepted.ts'
import { annotate } from './ingresses/annotate.ts'
import type { Annotated } from './ingresses/annotate.ts'
import { anIngressOfNobody, surroundingsOf } from './ingresses/surroundings.ts'
import { Earlier } from './memory/earlier.ts'
import type { Pass } from './memory/kept.ts'
import { certificatesOf, defaultCertificate } from './tls/certificates.ts'
import type { HostTls } from './tls/certificates.ts'
import { demandsOf } from './tls/strength.ts'
import { certificateMaps } from './tls/tls-context.ts'
import type { Translation, TranslateOptions } from './translation.ts'

/** From what the cluster says to what nginx shall serve. */
export type Translate = (snapshot: Snapshot) => Translation

/**
 * A translator remembers its last Snapshot, so that what did not change costs nothing; the result depends
 * on the Snapshot alone. Who translates other Snapshots has a translator of his own.
 *
 * Ingresses of our class are read with their annotations (`annotate`) and merged, oldest first, into
 * hosts (`hostsOf`). Each host becomes a server: its paths become locations (`plansOf`), their Services
 * upstreams (`Backends`), its TLS sections a certificate (`certificatesOf`). The ConfigMap becomes
 * Settings, which the http context prints once for all (`httpOf`). What somebody wrote wrong is a
 * Diagnostic and touches nothing else. The same objects give the same Config, in whatever order they came.
 */
export function translator(options: TranslateOptions): Translate {
  const earlier = new Earlier(options)
  return (snapshot) => translated(snapshot, options, earlier)
}

function translated(snapshot: Snapshot, options: TranslateOptions, earlier: Earlier): Translation {
  const { backends } = earlier
  const diagnostics: Diagnostic[] = [...snapshot.diagnostics]
  const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic)
  const pass: Pass = { cluster: { ...snapshot, resolve: backends.resolve }, report }
  backends.begin(snapshot)

  const configMap =
    options.configmap === undefined ? undefined : snapshot.configMaps.get(options.configmap)
  if (configMap === undefined && options.configmap !== undefined)
    report(missingConfigMap(options.configmap))
  const read = earlier.settings.of([configMap], () => settingsOf(configMap))
  diagnostics.push(...read.diagnostics)
  const surroundings = earlier.surroundings.of([read], () =>
    surroundingsOf(configMap, read.settings, options),
  )
  const readOf = (ingress: Ingress): Annotated =>
    earlier.annotated.of(keyOf(ingress), [ingress, surroundings], pass, (reportOf, look) =>
      annotate(ingress, surroundings, look, reportOf),
    )
  const served = acceptedIngresses({ snapshot, options, report })
  const nobody = readOf(anIngressOfNobody)
  const all = [nobody, ...served.map(readOf)]
  const defined = earlier.definitions.of(all)
  diagnostics.push(...defined.diagnostics)
  const annotated = defined.annotated.slice(1)
  const context: Context = { snapshot, options, settings: read.settings, nobody, report }

  const hosts = hostsOf(annotated, earlier, pass)
  const demands = demandsOf(context)
  const tls = certificatesOf(hosts, earlier.tls, demands, pass)
  reportDefaultBackend(backends.resolve, context)
  const parts = earlier.serverParts.of([read], () => serverParts(context))
  const servers = hosts.map((host) =>
    hostServer(host, tls.get(host.name)?.isEnabled ?? false, parts, earlier, context, pass),
  )

  const { upstreams, endpoints, urlHosts } = backends.end()
  const isNamed = options.endpointUpdates === 'resolve'
  const presented = presentedBy(tls)
  const fallback = defaultCertificate(options.defaultSslCertificate, {
    look: { secret: (key) => snapshot.secrets.get(key) },
    report,
    demands,
  })
  const certificates = [...presented.values(), ...(fallback === undefined ? [] : [fallback])]
  const files = [...certificates, ...earlier.filesAsked.of(annotated, () => filesAsked(annotated))]
  const { main, events, http } = httpOf(context, upstreams, servers, endpoints)
  const frame = earlier.frame.of([JSON.stringify([main, events, http])], () => ({
    main,
    events,
    http,
  }))
  const redirected = tlsOnly(servers)
  const [names, byName] = [
    // a name says all; the upstream is another with other endpoints
    earlier.upstreamNames.of([read, ...upstreams.map(({ name }) => name)], () =>
      upstreamNames(upstreams, context),
    ),
    earlier.certificateMaps.of([...presented.keys(), ...certificates], () =>
      certificateMaps(presented, fallback),
    ),
  ]
  earlier.end()

  return {
    config: {
      main: frame.main,
      events: frame.events,
      http: earlier.http.of([frame, names, byName], () => [
        ...frame.http,
        section('Services, as the access log calls them', names),
        section('Certificates by the name that a client asks for', byName),
      ]),
      asked: defined.lines,
      upstreams: earlier.pooled.of(
        upstreams,
        keepalive(context, upstreams.length),
        isNamed ? [zoneOf(endpoints)] : [],
      ),
      servers: [
        statusServer(context),
        ...(isNamed ? [unavailableServer(context)] : []),
        ...earlier.redirects.of([parts, ...redirected], () =>
          redirected.length === 0 ? [] : [redirectServer(redirected, parts)],
        ),
        ...servers,
      ],
      files: earlier.files.of(files, () => distinct(files)),
    },
    served: served.filter((_, i) => annotated[i]?.isRefused === false),
    diagnostics: diagnostics.sort(byText),
    urlHosts,
    endpoints: withProtocols(endpoints, servers),
  }
}

/** The server of `host`; one that answers 503 where it cannot be made, so that no other host waits for it. */
function hostServer(
  host: Host,
  isTls: boolean,
  parts: ServerParts,
  earlier: Earlier,
  context: Context,
  pass: Pass,
): Server {
  const inputs = [host, isTls, parts, context.nobody]
  try {
    return earlier.servers.of(host.name, inputs, pass, (report, look) => {
      const own = { ...context, report }
      return serverOf(host, plansOf(host, isTls, look, own), parts, own)
    })
  } catch (error) {
    return closedServer(host, error, parts, context)
  }
}

/** The certificates of hosts that have one of their own. */
function presentedBy(tls: ReadonlyMap<string, HostTls>): ReadonlyMap<string, SecretFile> {
  const presented = new Map<string, SecretFile>()
  for (const [host, { certificate }] of tls)
    if (certificate !== undefined) presented.set(host, certificate)
  return presented
}

const distinct = (files: readonly SecretFile[]): readonly SecretFile[] =>
  [...new Map(files.map((file) => [secretPath(file), file])).values()].sort((a, b) =>
    secretPath(a) < secretPath(b) ? -1 : 1,
  )
