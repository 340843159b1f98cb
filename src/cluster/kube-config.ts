import { KubeConfig } from '@kubernetes/client-node/dist/config.js'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import * as z from 'zod'

/** Where the API server is, and who Sluice is there. All undefined or empty: as a pod finds it. */
export interface ApiServerSettings {
  /** Path of a kubeconfig file. */
  readonly kubeconfig?: string | undefined
  /** URL; overrides the kubeconfig's. */
  readonly apiserverHost?: string | undefined
  /** Path of the CA file; counts together with `apiserverHost` only, as in ingress-nginx. */
  readonly certificateAuthority?: string | undefined
}

/** Reads the credentials; rejects with an Error that says what is missing. */
export async function loadKubeConfig(settings: ApiServerSettings): Promise<KubeConfig> {
  const config = new KubeConfig()
  if (settings.kubeconfig) await loadFile(config, settings.kubeconfig)
  else if (settings.apiserverHost) {
    const cluster = { name: 'server', server: settings.apiserverHost, skipTLSVerify: false }
    config.loadFromClusterAndUser(cluster, { name: 'nobody' })
  } else loadFromPod(config)

  const cluster = config.getCurrentCluster()
  if (cluster === null || !config.getCurrentUser())
    throw new Error(
      `kubeconfig ${settings.kubeconfig}: expected a current context with a cluster and a user`,
    )
  const server = settings.apiserverHost || cluster.server
  const ca = settings.apiserverHost ? settings.certificateAuthority : undefined
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol))
    throw new Error(`expected a URL such as https://10.0.0.1:6443 as the API server, got ${server}`)
  config.clusters = config.clusters.map((each) =>
    each.name === cluster.name
      ? {
          ...each,
          server,
          ...(ca ? { caFile: ca } : {}),
          // The client refuses plain HTTP unless told that nothing is to be verified there.
          ...(server.startsWith('http:') ? { skipTLSVerify: true } : {}),
        }
      : each,
  )
  return config
}

async function loadFile(config: KubeConfig, path: string): Promise<void> {
  try {
    config.loadFromFile(path)
    // The client does not know this field of kubectl's, and would come as nobody.
    const tokenFiles = await tokenFilesIn(readFileSync(path, 'utf8'))
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
async function tokenFilesIn(kubeconfig: string): Promise<ReadonlyMap<string, string>> {
  // A pod has no such file, and need not load what reads it.
  const { parse } = await import('yaml')
  const { data } = users.safeParse(parse(kubeconfig))
  return new Map(
    (data?.users ?? []).flatMap(({ name, user: { tokenFile } }) =>
      tokenFile === undefined ? [] : [[name, tokenFile] as const],
    ),
  )
}

function loadFromPod(config: KubeConfig): void {
  if (!process.env['KUBERNETES_SERVICE_HOST'] || !process.env['KUBERNETES_SERVICE_PORT'])
    throw new Error(
      'not in a pod (KUBERNETES_SERVICE_HOST is not set): give --kubeconfig, --apiserver-host or --manifests',
    )
  config.loadFromCluster()
  const token = '/var/run/secrets/kubernetes.io/serviceaccount/token'
  if (!existsSync(token)) throw new Error(`the pod has no service account token at ${token}`)
}
