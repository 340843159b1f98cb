import { createHash } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import type { Answer, Endpoint } from './answer.ts'
import { nameBytes } from './packet.ts'
import type { RecordData } from './packet.ts'

/** The addresses that one name of a target stands for. */
export interface Target {
  readonly v4: readonly RecordData[]
  readonly v6: readonly RecordData[]
}

/** An Answer as DNS has it: SRV records that name targets, and the addresses of the targets. */
export interface Records {
  readonly srv: readonly RecordData[]
  /** By name. Those of single addresses are not among them: the address is their first label. */
  readonly targets: ReadonlyMap<string, Target>
}

/**
 * What a target is called follows from its addresses, so its records never change, and nginx may
 * remember them for as long as it likes: it asks for addresses only after a change.
 */
export function recordsOf(name: string, { endpoints, isApart }: Answer): Records {
  const targets = new Map<string, Target>()
  const byPort = new Map<number, Buffer[]>()
  for (const { address, port } of endpoints) {
    const bytes = bytesOf(address)
    const others = byPort.get(port)
    if (others === undefined) byPort.set(port, [bytes])
    else others.push(bytes)
  }
  const srv: Buffer[] = []
  for (const [port, addresses] of byPort) {
    if (isApart || addresses.length === 1) {
      for (const address of addresses) srv.push(service(port, `${address.toString('hex')}.${name}`))
      continue
    }
    const digest = createHash('sha256').update(addresses.map((each) => each.toString('hex')).join())
    const target = `${digest.digest('hex').slice(0, 16)}.${name}`
    targets.set(target, byFamily(addresses))
    srv.push(service(port, target))
  }
  return { srv, targets }
}

/** All addresses of `endpoints`, whatever their ports. */
export const targetOf = (endpoints: readonly Endpoint[]): Target =>
  byFamily(endpoints.map(({ address }) => bytesOf(address)))

/** The one address that the first label of a target is, in hex; undefined if it is none. */
export function addressIn(hex: string): Target | undefined {
  if (!/^(?:[0-9a-f]{8}|[0-9a-f]{32})$/.test(hex)) return undefined
  const address = Buffer.from(hex, 'hex')
  return address.length === 4 ? { v4: [address], v6: [] } : { v4: [], v6: [address] }
}

const bytesOf = (address: string): Buffer => Buffer.from(ipaddr.parse(address).toByteArray())

const byFamily = (addresses: readonly Buffer[]): Target => ({
  v4: addresses.filter(({ length }) => length === 4),
  v6: addresses.filter(({ length }) => length === 16),
})

/** Priority 1, weight 1. */
function service(port: number, target: string): Buffer {
  const head = Buffer.alloc(6)
  head.writeUInt16BE(1, 0)
  head.writeUInt16BE(1, 2)
  head.writeUInt16BE(port, 4)
  return Buffer.concat([head, nameBytes(target)])
}
