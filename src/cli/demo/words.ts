import type { Change } from '../../cluster/source.ts'
import type { Pass } from '../../controller/pass.ts'
import { diagnosticText } from '../../diagnostics.ts'
import { errorText } from '../../log.ts'
import type { Ingress } from '../../objects/kinds.ts'
import type { Snapshot } from '../../objects/snapshot.ts'

export interface Places {
  readonly httpPort: number
  readonly httpsPort: number
  /** The certificate of the authority. */
  readonly authority: string
}

const mostLines = 8

/** Lines that work as they stand, one for HTTP and one for HTTPS of each host. */
export function commandsToTry({ ingresses }: Snapshot, places: Places): readonly string[] {
  const hosts = new Map<string, string>()
  for (const ingress of ingresses)
    for (const { host, paths } of ingress.rules)
      if (/^[a-z0-9.-]+$/.test(host) && !hosts.has(host))
        hosts.set(host, samplePath(paths?.[0]?.path ?? '/'))
  const secure = new Set(ingresses.flatMap(({ tls }) => tls.flatMap(({ hosts }) => hosts)))
  return [...hosts]
    .flatMap(([host, path]) => [
      `curl ${resolving(host, places.httpPort)}http://${host}:${places.httpPort}${path}`,
      ...(secure.has(host)
        ? [
            `curl --cacert ${places.authority} ${resolving(host, places.httpsPort)}https://${host}:${places.httpsPort}${path}`,
          ]
        : []),
    ])
    .slice(0, mostLines)
}

/** A path that `pattern` matches, as far as that can be told. */
const samplePath = (pattern: string): string =>
  pattern.replace(/[([\\^$.|?*+{].*$/, 'hello').replace(/[^\w/.~-]/g, '') || '/'

/** curl and browsers know by themselves where *.localhost is. */
const resolving = (host: string, port: number): string =>
  host === 'localhost' || host.endsWith('.localhost') ? '' : `--resolve ${host}:${port}:127.0.0.1 `

/** What a pass did, for a person who edited a file a moment ago. */
export function passLines(pass: Pass): readonly string[] {
  const { changes, reasons, result, added, resolved, ms } = pass
  const what = changesText(changes, reasons)
  const notes = [
    ...added.map((each) => `  ${each.severity}: ${diagnosticText(each)}`),
    ...resolved.map((each) => `  resolved: ${diagnosticText(each)}`),
  ]
  switch (result.kind) {
    case 'published':
      return [`${what}; nginx confirmed it after ${ms} ms`, ...notes]
    case 'unchanged':
      if (changes.length === 0 && notes.length === 0) return []
      return [`${what}; nginx needs no reload`, ...notes]
    case 'prepared':
      return [`${what}; ready for nginx`, ...notes]
    case 'rejected':
      return [`${what}; nginx refuses it and goes on with what it has`, ...notes]
    case 'unconfirmed':
      return [`${what}; nginx did not take it: ${result.reason}`, ...notes]
    case 'failed':
      return [`${what}; failed: ${errorText(result.error)}`, ...notes]
  }
}

const mostNames = 3

function changesText(changes: readonly Change[], reasons: readonly string[]): string {
  const words = [
    ...new Set(changes.map(({ kind, key, verb }) => `${kind.toLowerCase()} ${key} ${verb}`)),
    ...reasons,
  ]
  if (words.length === 0) return 'tried again'
  const more = words.length - mostNames
  return [...words.slice(0, mostNames), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}

/** How many hosts there are, for the first line. */
export const hostCount = (ingresses: readonly Ingress[]): number =>
  new Set(ingresses.flatMap(({ rules }) => rules.map(({ host }) => host))).size
