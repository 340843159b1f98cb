import type { Balance, Destination } from '../../annotations/look.ts'
import { preview } from '../../diagnostics.ts'
import type { Origin } from '../../model/origin.ts'
import type { PortRef, Service, ServicePort } from '../../objects/kinds.ts'
import { keyOf } from '../../objects/meta.ts'
import type { Snapshot } from '../../objects/snapshot.ts'
import type { TranslateOptions } from '../translation.ts'
import { addressOf, endpointText, servicePortOf } from './endpoints.ts'
import { externalNameOf } from './external-name.ts'
import { refusal } from './led.ts'
import type { Led } from './led.ts'
import { addressesOf, namedEndpoints } from './named-endpoints.ts'
import type { Member } from './named-endpoints.ts'
import { toOutside } from './outside.ts'
import { byClient, toUpstream, upstreamName } from './upstream.ts'

type Services = Pick<Snapshot, 'services' | 'endpointSlices'>
type ToService = Extract<Destination, { readonly kind: 'service' }>

/** Where requests for a port of `service` go. */
export function resolveService(
  service: Service,
  to: ToService,
  balance: Balance,
  services: Services,
  options: TranslateOptions,
): Led {
  const port = to.port ?? service.ports[0]?.port
  if (port === undefined)
    return refusal('service-port-not-found', `service ${keyOf(service)} has no port`)
  const found = servicePortOf(service, port)
  if (service.type === 'ExternalName') {
    const number = externalPort(found, port)
    if (number === undefined) return noPort(service, port)
    const external = externalNameOf(service, number, options)
    return toOutside(originOf(service), external, number, balance, options)
  }
  const servicePort = found ?? podPort(service, port)
  if (servicePort === undefined) return noPort(service, port)
  const clusterIp = addressOf(service.clusterIPs[0] ?? '')?.address
  if (to.viaClusterIp && clusterIp !== undefined) {
    const wanted = { origin: originOf(service), port: servicePort.port, suffix: 'cluster-ip' }
    const address = endpointText(clusterIp, servicePort.port)
    return toUpstream({ ...wanted, way: 'listed', balance }, [address])
  }
  return toPods(service, servicePort, { ...to, port }, balance, services, options)
}

function toPods(
  service: Service,
  servicePort: ServicePort,
  { port, otherwise }: ToService & { readonly port: PortRef },
  given: Balance,
  services: Services,
  options: TranslateOptions,
): Led {
  const own: Member = { service: keyOf(service), servicePort }
  const members = [own, ...(otherwise === undefined ? [] : memberOf(otherwise, services))]
  const balance =
    given.hash === undefined && service.sessionAffinity === 'ClientIP' ? byClient : given
  const wanted = {
    origin: originOf(service),
    port: servicePort.port,
    balance,
    ...(otherwise === undefined
      ? {}
      : { suffix: `or_${otherwise.service.replace('/', '_')}_${otherwise.port}` }),
  }
  const led = (): Led => {
    if (options.endpointUpdates === 'resolve') {
      const isHashed = balance.hash !== undefined
      const endpoints = namedEndpoints(upstreamName(wanted), members, isHashed, services, options)
      return toUpstream({ ...wanted, way: 'asked' }, [endpoints.name], endpoints)
    }
    const addresses = addressesOf(members, services, options)
    if (addresses.length === 0) return { resolved: { target: { kind: 'unavailable' } } }
    return toUpstream({ ...wanted, way: 'listed' }, addresses)
  }
  const found = led()
  if (addressesOf([own], services, options).length > 0) return found
  const problem = `service ${keyOf(service)} has no ready endpoint on port ${portText(port)}`
  return {
    ...found,
    resolved: {
      ...found.resolved,
      problem: { code: 'service-without-endpoints', severity: 'warning', problem },
    },
  }
}

function memberOf(
  { service: key, port }: NonNullable<ToService['otherwise']>,
  { services }: Services,
): readonly Member[] {
  const service = services.get(key)
  if (service?.type === 'ExternalName') return [] // it has no slices
  const servicePort = service && (servicePortOf(service, port) ?? podPort(service, port))
  return servicePort === undefined ? [] : [{ service: key, servicePort }]
}

const originOf = ({ namespace, name }: Service): Origin => ({ kind: 'Service', namespace, name })

const noPort = (service: Service, port: PortRef): Led =>
  refusal('service-port-not-found', `service ${keyOf(service)} has no TCP port ${portText(port)}`)

const portText = (port: PortRef): string =>
  typeof port === 'number' ? String(port) : preview(port)

/** A headless Service needs no ports of its own: then the number in the Ingress is the pods'. */
function podPort({ ports }: Service, port: PortRef): ServicePort | undefined {
  if (ports.length > 0 || typeof port !== 'number') return undefined
  // an empty name would mean the only port of a slice, whatever its number
  return { name: String(port), protocol: 'TCP', port, targetPort: port }
}

/** Where a name listens: nothing but the Service says so, and a number that is not among its ports does for itself. */
function externalPort(found: ServicePort | undefined, port: PortRef): number | undefined {
  const [target, own] = found === undefined ? [port, port] : [found.targetPort, found.port]
  const number = typeof target === 'number' ? target : own
  return typeof number === 'number' && number >= 1 && number <= 65_535 ? number : undefined
}
