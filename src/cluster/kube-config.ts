import { KubeConfig } from '@kubernetes/client-node/dist/config.js'
import { existsSync } from 'node:fs'

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
  if (settings.kubeconfig) {
    // A pod has no such file, and need not load what reads it.
    const { loadFile } = await import('./kube-config-file.ts')
    loadFile(config, settings.kubeconfig)
  } else if (settings.apiserverHost) {
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

function loadFromPod(config: KubeConfig): void {
  if (!process.env['KUBERNETES_SERVICE_HOST'] || !process.env['KUBERNETES_SERVICE_PORT'])
    throw new Error(
      'not in a pod (KUBERNETES_SERVICE_HOST is not set): give --kubeconfig, --apiserver-host or --manifests',
    )
  config.loadFromCluster()
  const token = '/var/run/secrets/kubernetes.io/serviceaccount/token'
  if (!existsSync(token)) throw new Error(`the pod has no service account token at ${token}`)
}
