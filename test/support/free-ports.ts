import { once } from 'node:events'
import { createServer } from 'node:net'

// Below the range from which the kernel takes the ports of outgoing connections, so that no
// client of another test can have the port by the time nginx binds it.
const [first, last] = [10_000, 30_000]
const given = new Set<number>()

/** Ports that nothing listens on; this process gives each only once. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = first + Math.floor(Math.random() * (last - first))
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    ports.push(port)
  }
  return ports
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port), 'listening')
    await once(server.close(), 'close')
    return true
  } catch {
    return false
  }
}
