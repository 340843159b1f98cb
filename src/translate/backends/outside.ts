import type { Balance, Destination } from '../../annotations/look.ts'
import type { Origin } from '../../model/origin.ts'
import type { TranslateOptions } from '../translation.ts'
import { externalOf } from './external-name.ts'
import type { External } from './external-name.ts'
import { refusal } from './led.ts'
import type { Led } from './led.ts'
import { externalEndpoints } from './named-endpoints.ts'
import { toUpstream, upstreamName } from './upstream.ts'

/** Where a URL leads, and its host by way of `stands`: as a Service of type ExternalName, without a Service. */
export function resolveUrl(
  { host, port }: Extract<Destination, { readonly kind: 'url' }>,
  stands: string | undefined,
  balance: Balance,
  options: TranslateOptions,
): Led {
  const origin: Origin = { kind: 'URL', namespace: '', name: host }
  const whose = stands === undefined ? 'the URL' : `${host} in the URL`
  return toOutside(
    origin,
    externalOf(stands ?? host, 'the URL leads to', whose, port, options),
    port,
    balance,
    options,
  )
}

/** To an address, or to a name that somebody resolves at run time. */
export function toOutside(
  origin: Origin,
  external: External,
  port: number,
  balance: Balance,
  options: TranslateOptions,
): Led {
  switch (external.kind) {
    case 'refused':
      return refusal('service-without-endpoints', external.reason)
    case 'address':
      return toUpstream({ origin, port, way: 'listed', suffix: 'address', balance }, [
        external.address,
      ])
    case 'name': {
      if (options.endpointUpdates === 'resolve') {
        const wanted = { origin, port, suffix: 'external', balance }
        const { name } = external
        const isHashed = balance.hash !== undefined
        const endpoints = externalEndpoints(
          upstreamName(wanted),
          origin,
          { name, port },
          isHashed,
          options,
        )
        const led = toUpstream({ ...wanted, way: 'asked' }, [endpoints.name], endpoints)
        const target = { kind: 'upstream', upstream: endpoints.upstream, isOutside: true } as const
        return { ...led, resolved: { target } }
      }
      // nginx resolves the name itself: the servers of an upstream anew or, where it cannot, for each request
      return options.abilities.resolve
        ? toUpstream({ origin, port, way: 'resolved', suffix: 'name', balance }, [external.address])
        : { resolved: { target: { kind: 'name', address: external.address } } }
    }
  }
}
