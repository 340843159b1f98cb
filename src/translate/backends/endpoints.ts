import ipaddr from 'ipaddr.js'
import type {
  EndpointSlice,
  PortRef,
  Service,
  ServicePort,
  SlicePort,
} from '../../objects/kinds.ts'
import { isSame } from '../memory/kept.ts'

/** Addresses that no endpoint may have: the node's, the pod's own, metadata services and groups. */
const forbidden = new Set(['unspecified', 'linkLocal', 'multicast', 'broadcast'])

/**
 * The port of `service` that an Ingress means: the one that has this number or name, and where none has,
 * the one that has it as its target port.
 */
export function servicePortOf({ ports }: Service, wanted: PortRef): ServicePort | undefined {
  const text = String(wanted)
  const find = (has: (port: ServicePort) => PortRef): ServicePort | undefined =>
    ports.find((port) => port.protocol === 'TCP' && String(has(port)) === text)
  const byNumber = find(({ port }) => port)
  const byName = find(({ name }) => name)
  const own = typeof wanted === 'number' ? (byNumber ?? byName) : (byName ?? byNumber)
  return own ?? find(({ targetPort }) => targetPort)
}

/**
 * Ready addresses behind one port, as `10.0.0.1:8080` or `[fd00::1]:8080`: of every slice of the Service,
 * both families, each once, sorted.
 */
export function endpointsOf(
  slices: readonly EndpointSlice[],
  port: ServicePort,
  allowLoopback: boolean,
): readonly string[] {
  const addresses = new Set<string>()
  for (const { slice, numbers } of slicesWithPorts(slices, port))
    for (const number of numbers) {
      // the API server looks at no slice's ports
      if (number < 1 || number > 65_535) continue
      for (const address of readyAddresses(slice, allowLoopback))
        addresses.add(endpointText(address, number))
    }
  return [...addresses].sort()
}

/** `10.0.0.1:8080` or `[fd00::1]:8080` */
export const endpointText = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

interface SliceWithPorts {
  readonly slice: EndpointSlice
  /** Where its endpoints listen for the port of their Service. */
  readonly numbers: readonly number[]
}

/** Where no slice has the port, by name or by number, the number of the target port stands. */
function slicesWithPorts(
  slices: readonly EndpointSlice[],
  port: ServicePort,
): readonly SliceWithPorts[] {
  const usable = slices.filter(({ addressType }) => addressType !== 'FQDN')
  const found = usable.map((slice) => ({ slice, numbers: portsOf(slice, port) }))
  if (found.some(({ numbers }) => numbers.length > 0)) return found
  return usable
    .filter(({ ports }) => ports.some(isTcp))
    .map((slice) => ({ slice, numbers: targetOf(port) }))
}

/**
 * The port of `slice` with the name of the Service's port. Where a slice has other names, as one that a
 * person wrote may, and for a moment any of a Service whose port gets a new name: the port with the number
 * of the target port. A Service whose port has no name has only that one, so every port of its slices is
 * meant for it. A slice without ports, as headless Services have, leaves it to the target port.
 */
function portsOf(slice: EndpointSlice, port: ServicePort): readonly number[] {
  if (slice.ports.length === 0) return targetOf(port)
  const ports = slice.ports.filter(isTcp)
  const named = ports.find(({ name }) => name === port.name)
  if (named !== undefined) return [named.port]
  const numbers = ports.map((each) => each.port)
  const target = targetOf(port).filter((number) => numbers.includes(number))
  return target.length > 0 || port.name !== '' ? target : numbers
}

const targetOf = ({ targetPort }: ServicePort): readonly number[] =>
  typeof targetPort === 'number' ? [targetPort] : []

const isTcp = ({ protocol }: SlicePort): boolean => protocol === 'TCP'

/** An IP address as it is usually written, without a zone, and what it is for. */
export function addressOf(
  text: string,
): { readonly address: string; readonly range: string } | undefined {
  if (text.includes('%') || !ipaddr.isValid(text)) return undefined
  const parsed = ipaddr.process(text)
  return { address: parsed.toString(), range: parsed.range() }
}

const usable = new WeakMap<EndpointSlice, readonly string[]>()

/** Those of `slice` that requests may be sent to. */
function readyAddresses(slice: EndpointSlice, allowLoopback: boolean): readonly string[] {
  let addresses = usable.get(slice)
  if (addresses === undefined) {
    const parsed = slice.readyAddresses.flatMap((text) => {
      const found = addressOf(text)
      return found === undefined || forbidden.has(found.range) ? [] : [found.address]
    })
    // as a rule what the API server has is what it comes to, and need not be kept twice
    addresses = isSame(parsed, slice.readyAddresses) ? slice.readyAddresses : parsed
    usable.set(slice, addresses)
  }
  return allowLoopback ? addresses : addresses.filter((address) => !isLoopback(address))
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'
