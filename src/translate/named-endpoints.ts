import { createHash } from 'node:crypto'
import { nginx } from '../model/token.ts'
import type { Token, Word } from '../model/token.ts'
import type { EndpointSlice, Service, ServicePort } from '../objects/kinds.ts'
import { keyOf } from '../objects/meta.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import { endpointsOf } from './endpoints.ts'
import type { NamedEndpoints, TranslateOptions } from './translation.ts'

type Endpoints = Pick<TranslateOptions, 'allowLoopbackEndpoints'>

/** What a `server` line says after a name that Sluice resolves: SRV records, which carry the ports. */
export const namedServer: readonly Token[] = [nginx`service=http`, nginx`resolve`]

/** Of `upstream`: the name that nginx asks for, which depends on nothing else, and the answer. */
export function namedEndpoints(
  upstream: Word,
  service: Service,
  servicePort: ServicePort,
  slices: readonly EndpointSlice[],
  { allowLoopbackEndpoints }: Endpoints,
): NamedEndpoints {
  const hash = createHash('sha256').update(upstream).digest('hex').slice(0, 16)
  return {
    name: `${hash}.sluice.internal`,
    upstream,
    service: keyOf(service),
    servicePort,
    addresses: endpointsOf(slices, servicePort, allowLoopbackEndpoints),
    isHashed: service.sessionAffinity === 'ClientIP',
    hasIpv6: slices.some(({ addressType }) => addressType === 'IPv6'),
  }
}

/** `known` as `snapshot` has it: the quick way for a change of EndpointSlices alone. */
export function endpointsNow(
  known: NamedEndpoints,
  { endpointSlices }: Snapshot,
  { allowLoopbackEndpoints }: Endpoints,
): NamedEndpoints {
  const slices = endpointSlices.get(known.service) ?? []
  return { ...known, addresses: endpointsOf(slices, known.servicePort, allowLoopbackEndpoints) }
}
