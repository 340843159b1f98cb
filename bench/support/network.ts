import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type * as z from 'zod'

/** For endpoints: addresses that are not loopback's, and local all the same. */
const addresses = '10.77.0.0/16'

/** Runs `program`, a file beside this one, in a network of its own, and returns the JSON it prints. */
export async function inNetwork<T>(
  program: string,
  args: readonly (string | number)[],
  schema: z.ZodType<T>,
): Promise<T> {
  const inside = `ip link set lo up && ip route add local ${addresses} dev lo && exec "$@"`
  const path = fileURLToPath(new URL(program, import.meta.url))
  const { stdout } = await execa(
    'unshare',
    ['--net', 'sh', '-c', inside, 'sh', process.execPath, path, ...args.map(String)],
    { stderr: 'inherit' },
  )
  return schema.parse(JSON.parse(stdout))
}

/** The `i`th of those addresses. */
export const podAddress = (i: number): string => `10.77.${1 + Math.floor(i / 250)}.${(i % 250) + 1}`
