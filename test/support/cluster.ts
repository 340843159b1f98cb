import { execa } from 'execa'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `kubernetes/node`, the script that brings up an API server or a node. */
export const nodeScript = fileURLToPath(new URL('kubernetes/node', import.meta.url))

/** The cluster that `test/run.ts` brought up or was given. Rights of cluster-admin. */
export interface Cluster {
  readonly kubeconfig: string
  /** Resolves to what kubectl printed; rejects with what it complained about. */
  readonly kubectl: (...args: readonly string[]) => Promise<string>
  /** `kubectl apply` of YAML text. */
  readonly apply: (yaml: string) => Promise<void>
  /** A client's command, run where pods and Services answer. */
  readonly inside: (command: string, ...args: readonly string[]) => Promise<string>
  /** Makes an image archive known to the node. */
  readonly load: (archive: string) => Promise<void>
  /** The path of a kubeconfig with the rights of one ServiceAccount, which must exist. */
  readonly kubeconfigOf: (namespace: string, serviceAccount: string) => Promise<string>
  /** Undefined where somebody else runs the API server. */
  readonly apiServer: ApiServer | undefined
}

export interface ApiServer {
  stop(): Promise<void>
  /** Resolves when it is ready again. */
  start(): Promise<void>
  pid(): Promise<number>
}

/** Why there is no cluster to test against: for a test's `skip`. False if there is one. */
export const noCluster: string | false =
  process.env['SLUICE_TEST_KUBECONFIG'] === undefined
    ? 'needs a cluster: npm run test:cluster, npm run test:node'
    : false

/** Where there is none, its first use throws, so that a file of tests that are skipped still loads. */
export function cluster(): Cluster {
  const client = words(process.env['SLUICE_TEST_IN'])
  const loader = words(process.env['SLUICE_TEST_LOAD'])
  const stateDir = process.env['SLUICE_TEST_NODE_DIR']
  return {
    get kubeconfig() {
      return adminKubeconfig()
    },
    kubectl,
    async apply(yaml) {
      await execa('kubectl', [`--kubeconfig=${adminKubeconfig()}`, 'apply', '-f', '-'], {
        input: yaml,
      })
    },
    async inside(command, ...args) {
      const [file = command, ...rest] = [...client, command, ...args]
      const { stdout } = await execa(file, rest)
      return stdout
    },
    async load(archive) {
      const [file, ...rest] = loader
      if (file === undefined) throw new Error('SLUICE_TEST_LOAD is needed to load an image')
      await execa(file, [...rest, archive])
    },
    async kubeconfigOf(namespace, serviceAccount) {
      const token = await kubectl('create', 'token', serviceAccount, `--namespace=${namespace}`)
      const path = join(await mkdtemp(join(stateDir ?? tmpdir(), 'kubeconfig-')), 'kubeconfig')
      await writeFile(path, await kubectl('config', 'view', '--raw', '--minify', '--flatten'), {
        mode: 0o600,
      })
      const changed = [`--kubeconfig=${path}`, 'config']
      await execa('kubectl', [...changed, 'set-credentials', 'account', `--token=${token}`])
      await execa('kubectl', [...changed, 'set-context', '--current', '--user=account'])
      return path
    },
    apiServer: stateDir === undefined ? undefined : apiServer(stateDir),
  }
}

async function kubectl(...args: readonly string[]): Promise<string> {
  const { stdout } = await execa('kubectl', [`--kubeconfig=${adminKubeconfig()}`, ...args])
  return stdout
}

function adminKubeconfig(): string {
  const path = process.env['SLUICE_TEST_KUBECONFIG']
  if (path === undefined) throw new Error(String(noCluster))
  return path
}

function apiServer(stateDir: string): ApiServer {
  return {
    async stop() {
      await execa(nodeScript, ['api', 'stop'])
    },
    async start() {
      // A pipe would stay open as long as the server that inherits it.
      await execa(nodeScript, ['api', 'start'], { stdio: ['ignore', 'ignore', 'inherit'] })
    },
    async pid() {
      return Number(await readFile(join(stateDir, 'kube-apiserver.pid'), 'utf8'))
    },
  }
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(' ').filter((word) => word !== '')
}
