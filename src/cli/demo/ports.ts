import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** The port `wanted` for `flag`, or the first free one from `usual` on that is not in `taken`. */
export async function portFor(
  flag: string,
  wanted: number | undefined,
  usual: number,
  taken: readonly number[] = [],
): Promise<number> {
  if (wanted !== undefined) {
    if (await isFree(wanted)) return wanted
    throw new Error(`--${flag}: port ${wanted} is in use, or not for this user`)
  }
  for (let port = usual; port < usual + 100; port++)
    if (!taken.includes(port) && (await isFree(port))) return port
  throw new Error(`no free port from ${usual} to ${usual + 99}; name one with --${flag}`)
}

/** A port on loopback that nobody has. */
export async function anyPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function isFree(port: number): Promise<boolean> {
  for (const host of ['0.0.0.0', '::']) {
    const server = createServer().listen({ port, host, ipv6Only: host === '::' })
    try {
      await once(server, 'listening')
      server.close()
      await once(server, 'close')
    } catch (error) {
      // A machine without IPv6 has nothing there that could be taken.
      if (
        host === '::' &&
        !(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      )
        continue
      return false
    }
  }
  return true
}
