import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import { z } from 'zod'
import { parseManifests } from '../../../src/cluster/parse-manifests.ts'
import { snapshotOf } from '../../../src/objects/snapshot.ts'
import type { Snapshot } from '../../../src/objects/snapshot.ts'
import { serviceAddresses } from './backends.ts'
import type { Backends } from './backends.ts'
import type { Names } from './compare.ts'
import { keyPairFor } from './key-pair.ts'
import { backendKinds } from './backends.ts'
import type { BackendKind } from './backends.ts'
import { tableOf } from './table.ts'
import type { Ground, Row } from './table.ts'

/** One folder of test/requests. */
export interface Case {
  readonly snapshot: Snapshot
  readonly flags: readonly string[]
  readonly names: Names
  /** What stands in diagnostics.txt. */
  readonly diagnostics: string
  rows(ports: Readonly<Record<string, number>>, ground: Ground): readonly Row[]
}

/** Says which backends a Service without EndpointSlice has: a kind of backend, or `none`. */
const backendLabel = 'backend'

const service = z.object({
  kind: z.literal('Service'),
  metadata: z.object({
    name: z.string(),
    namespace: z.string().default('default'),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    type: z.string().optional(),
    ports: z.array(z.object({ name: z.string().optional() })).default([]),
  }),
})
type RawService = z.output<typeof service>

const slice = z.object({
  kind: z.literal('EndpointSlice'),
  metadata: z.object({
    namespace: z.string().default('default'),
    labels: z.object({ 'kubernetes.io/service-name': z.string() }),
  }),
})

const nginxClass = `
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: nginx
  annotations: { ingressclass.kubernetes.io/is-default-class: 'true' }
spec: { controller: k8s.io/ingress-nginx }
`

/**
 * Reads a case. What is the same everywhere it need not say: a case without an IngressClass gets
 * `nginx` as the default one, and a Service without EndpointSlice one endpoint, a backend of its own.
 */
export async function readCase(folder: string, backends: Backends): Promise<Case> {
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
  const optional = (name: string): Promise<string> =>
    existsSync(join(folder, name)) ? read(name) : Promise.resolve('')

  const manifests = await filledIn(await read('in.yaml'), backends.ports)
  const raw = parseAllDocuments(manifests).map((document): unknown => document.toJS())
  const { texts, byAddress } = slicesFor(raw, backends)
  const hasClass = /^kind: IngressClass$/m.test(manifests)
  const { objects, diagnostics } = parseManifests(
    [manifests, ...texts].join('\n---\n') + (hasClass ? '' : nginxClass),
    'in.yaml',
    0,
  )
  const table = await read('requests.yaml')
  return {
    snapshot: snapshotOf(objects, diagnostics),
    flags: (await optional('flags')).split(/\s+/).filter((flag) => flag !== ''),
    diagnostics: await optional('diagnostics.txt'),
    names: (address, kind) => byAddress.get(address) ?? `${address} ${kind}`,
    rows: (ports, ground) => tableOf(withPorts(table, { ...backends.ports, ...ports }), ground),
  }
}

/** `${echo}` is the port of that kind of backend, `${certificate a.test}` and `${key a.test}` a key pair in base64. */
async function filledIn(text: string, ports: Backends['ports']): Promise<string> {
  const pairs = new Map<string, string>()
  for (const [whole, part, names = ''] of text.matchAll(/\$\{(certificate|key) ([^}]+)\}/g)) {
    const pair = await keyPairFor(names)
    const pem = part === 'key' ? pair.key : pair.certificate
    pairs.set(whole, Buffer.from(pem).toString('base64'))
  }
  const filled = text.replaceAll(
    /\$\{(?:certificate|key) [^}]+\}/g,
    (whole) => pairs.get(whole) ?? '',
  )
  return withPorts(filled, ports)
}

const withPorts = (text: string, ports: Readonly<Record<string, number>>): string =>
  text.replaceAll(/\$\{([\w-]+)\}/g, (whole, name: string) => String(ports[name] ?? whole))

function slicesFor(
  raw: readonly unknown[],
  { ports }: Backends,
): { readonly texts: readonly string[]; readonly byAddress: ReadonlyMap<string, string> } {
  const sliced = new Set<string>()
  const services: RawService[] = []
  for (const one of raw) {
    const itsSlice = slice.safeParse(one)
    if (itsSlice.success) {
      const { namespace, labels } = itsSlice.data.metadata
      sliced.add(`${namespace}/${labels['kubernetes.io/service-name']}`)
    }
    const itsService = service.safeParse(one)
    if (itsService.success) services.push(itsService.data)
  }

  const byAddress = new Map<string, string>()
  const texts: string[] = []
  for (const { metadata, spec } of services) {
    const { namespace, name, labels } = metadata
    const kind = labels[backendLabel] ?? 'echo'
    if (sliced.has(`${namespace}/${name}`) || spec.type === 'ExternalName' || kind === 'none')
      continue
    if (!isKind(kind)) throw new Error(`service ${name}: label ${backendLabel}: no kind "${kind}"`)
    const address = serviceAddresses[texts.length]
    if (address === undefined) throw new Error('more Services than backend addresses')
    byAddress.set(address, namespace === 'default' ? name : `${namespace}/${name}`)
    texts.push(
      stringify({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          name: `${name}-backend`,
          namespace,
          labels: { 'kubernetes.io/service-name': name },
        },
        addressType: 'IPv4',
        ports: spec.ports.map((port) => ({ name: port.name ?? '', port: ports[kind] })),
        endpoints: [{ addresses: [address] }],
      }),
    )
  }
  return { texts, byAddress }
}

const isKind = (kind: string): kind is BackendKind => backendKinds.some((known) => known === kind)
