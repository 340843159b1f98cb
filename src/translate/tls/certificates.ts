import { preview } from '../../diagnostics.ts'
import type { Diagnostic } from '../../diagnostics.ts'
import type { SecretFile } from '../../model/config.ts'
import type { Ingress, IngressTls, Secret } from '../../objects/kinds.ts'
import { dns1123Subdomain, keyOf } from '../../objects/meta.ts'
import type { Key } from '../../objects/meta.ts'
import type { Annotated } from '../ingresses/annotate.ts'
import { catchAll } from '../hosts/hosts.ts'
import type { Host } from '../hosts/hosts.ts'
import { covers, keyPairOf } from './key-pair.ts'
import type { KeyPair } from './key-pair.ts'
import type { Demands } from './strength.ts'
import type { Look } from '../../annotations/look.ts'
import { remembered } from '../memory/kept.ts'
import type { KeptByName, Pass } from '../memory/kept.ts'

/** What a host does about TLS. */
export interface HostTls {
  /** A TLS section speaks for the host, so that plain HTTP is redirected; even where the default certificate has to serve. */
  readonly isEnabled: boolean
  /** Undefined for the default certificate. */
  readonly certificate: SecretFile | undefined
}

/**
 * The certificate of each host, by its name: that of the oldest Ingress with a TLS section in the
 * namespace that owns the host. A host without one takes part in the TLS of the wildcard above it.
 */
export function certificatesOf(
  hosts: readonly Host[],
  kept: KeptByName<HostTls | undefined>,
  demands: Demands,
  pass: Pass,
): ReadonlyMap<string, HostTls> {
  const found = new Map<string, HostTls>()
  const wildcards = new Map<string, HostTls>()
  for (const host of hosts) {
    const inputs = [host, demands.level, demands.ofSignatures]
    const tls = kept.of(host.name, inputs, pass, (report, look) =>
      ownTls(host, { report, look, demands }),
    )
    found.set(host.name, tls ?? none)
    if (tls !== undefined && host.name.startsWith('*')) wildcards.set(host.name, tls)
  }
  if (wildcards.size === 0) return found
  for (const [name, tls] of found) {
    const above = name === catchAll ? undefined : wildcards.get(name.replace(/^[^.]+/, '*'))
    if (tls === none && above !== undefined) found.set(name, above)
  }
  return found
}

const none: HostTls = { isEnabled: false, certificate: undefined }

/** How the certificate of a host is found. */
interface Search {
  readonly look: Pick<Look, 'secret'>
  readonly report: (diagnostic: Diagnostic) => void
  readonly demands: Demands
}

/** Whose TLS sections count. */
function speakerOf({ name, first, ingresses }: Host): Annotated | undefined {
  if (name === catchAll) return undefined
  const owner = first?.ingress.namespace
  return ingresses.find(
    ({ ingress, isRefused }) => ingress.tls.length > 0 && ingress.namespace === owner && !isRefused,
  )
}

function ownTls(host: Host, search: Search): HostTls | undefined {
  if (host.name === catchAll) return undefined
  const owner = host.first?.ingress.namespace
  const speaker = speakerOf(host)
  for (const { ingress, isRefused } of host.ingresses) {
    if (
      !isRefused &&
      ingress.tls.length > 0 &&
      ingress.namespace !== owner &&
      ingress.tls.some(({ hosts }) => hosts.some((name) => name.toLowerCase() === host.name))
    ) {
      search.report({
        code: 'host-conflict',
        severity: 'warning',
        object: ingress,
        field: 'spec.tls',
        problem: `host ${host.name} belongs to namespace ${owner}, which alone chooses its certificate`,
        instead: 'the TLS section does not count for this host',
      })
    }
  }
  return speaker === undefined
    ? undefined
    : { isEnabled: true, certificate: certificateOf(host.name, speaker.ingress, search) }
}

function certificateOf(host: string, ingress: Ingress, search: Search): SecretFile | undefined {
  const listed = ingress.tls.findIndex((section) => lists(section, host))
  if (listed === -1) return coveringCertificate(host, ingress, search)

  const secretName = ingress.tls[listed]?.secretName ?? ''
  if (secretName === '') return undefined
  const found = lookUp(ingress, secretName, search)
  if ('certificate' in found && covers(found.names, host)) return found.certificate
  const defect: Defect =
    'code' in found
      ? found
      : {
          code: 'certificate-mismatch',
          problem: `the certificate of secret ${ingress.namespace}/${secretName} is not valid for ${host}`,
        }
  search.report(defaultShown(host, ingress, listed, defect))
  return undefined
}

/** The first certificate of `ingress` that is valid for a host that no section lists. */
function coveringCertificate(
  host: string,
  ingress: Ingress,
  search: Search,
): SecretFile | undefined {
  const diagnostics: Diagnostic[] = []
  for (const [i, section] of ingress.tls.entries()) {
    if (section.secretName === '') continue
    const found = lookUp(ingress, section.secretName, search)
    if ('certificate' in found && covers(found.names, host)) return found.certificate
    // of a section that lists another host of this Ingress, that one tells
    const isTold = ingress.rules.some((rule) => lists(section, rule.host.toLowerCase()))
    if ('code' in found && !isTold) diagnostics.push(defaultShown(host, ingress, i, found))
  }
  for (const diagnostic of diagnostics) search.report(diagnostic)
  return undefined
}

const lists = ({ hosts }: IngressTls, host: string): boolean =>
  hosts.some((name) => name.toLowerCase() === host)

const defaultShown = (
  host: string,
  ingress: Ingress,
  section: number,
  { code, problem }: Defect,
): Diagnostic => ({
  code,
  severity: 'error',
  object: ingress,
  field: `spec.tls[${section}].secretName`,
  problem,
  instead: `${host} shows the default certificate`,
})

type Defect = Pick<Diagnostic, 'code' | 'problem'>

type Found = (Pick<KeyPair, 'names' | 'weakness'> & { readonly certificate: SecretFile }) | Defect

function lookUp(
  { namespace }: Pick<Ingress, 'namespace'>,
  name: string,
  { look, demands }: Pick<Search, 'look' | 'demands'>,
): Found {
  if (!dns1123Subdomain.test(name))
    return {
      code: 'secret-not-found',
      problem: `expected the name of a Secret, got ${preview(name)}`,
    }
  const key = keyOf({ namespace, name })
  const secret = look.secret(key)
  if (secret === undefined) return { code: 'secret-not-found', problem: `no secret ${key} exists` }
  const found = foundIn(secret)
  const weakness = 'weakness' in found ? found.weakness(demands) : undefined
  return weakness === undefined ? found : invalid(secret, weakness)
}

const invalid = (secret: Secret, defect: string): Defect => ({
  code: 'certificate-invalid',
  problem: `secret ${keyOf(secret)} ${defect}`,
})

const foundIn = remembered(read)

function read(secret: Secret): Found {
  const { namespace, name } = secret
  const parsed = keyPairOf(secret)
  if ('defect' in parsed) return invalid(secret, parsed.defect)
  const { digest, pem, names, weakness } = parsed.keyPair
  return {
    certificate: {
      digest,
      extension: 'pem',
      origin: { kind: 'Secret', namespace, name },
      text: pem,
    },
    names,
    weakness,
  }
}

/** The certificate of `--default-ssl-certificate`; undefined for the self-signed one. */
export function defaultCertificate(key: Key | undefined, search: Search): SecretFile | undefined {
  if (key === undefined) return undefined
  const [namespace = '', name = ''] = key.split('/')
  const found = lookUp({ namespace }, name, search)
  if ('certificate' in found) return found.certificate
  search.report({
    code: found.code,
    severity: 'error',
    object: { kind: 'Secret', namespace, name },
    field: '--default-ssl-certificate',
    problem: found.problem,
    instead: 'a self-signed certificate is shown',
  })
  return undefined
}
