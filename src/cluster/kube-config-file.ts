import type { KubeConfig } from '@kubernetes/client-node/dist/config.js'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'

/** Reads the kubeconfig at `path` into `config`; throws an Error that names it. */
export function loadFile(config: KubeConfig, path: string): void {
  try {
    config.loadFromFile(path)
    // The client does not know this field of kubectl's, and would come as nobody.
    const tokenFiles = tokenFilesIn(readFileSync(path, 'utf8'))
    config.users = config.users.map((user) => {
      const tokenFile = tokenFiles.get(user.name)
      if (user.token || tokenFile === undefined) return user
      const absolute = resolve(dirname(path), tokenFile)
      return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: absolute } } }
    })
  } catch (cause) {
    throw new Error(`cannot read kubeconfig ${path}`, { cause })
  }
}

const users = z.object({
  users: z
    .array(z.object({ name: z.string(), user: z.object({ tokenFile: z.string().optional() }) }))
    .catch([]),
})

/** `tokenFile` of each user that has one. */
function tokenFilesIn(kubeconfig: string): ReadonlyMap<string, string> {
  const { data } = users.safeParse(parse(kubeconfig))
  return new Map(
    (data?.users ?? []).flatMap(({ name, user: { tokenFile } }) =>
      tokenFile === undefined ? [] : [[name, tokenFile] as const],
    ),
  )
}
