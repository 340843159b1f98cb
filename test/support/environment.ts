import { execa } from 'execa'
import { access, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cluster, nodeScript } from './cluster.ts'
import { loadImages } from './images.ts'

/** Where the tests of one tier run. */
export interface Environment {
  /** What stands before the command that runs the tests. */
  readonly prefix: readonly string[]
  readonly env: Readonly<Record<string, string>>
  takeDown(): Promise<void>
}

/**
 * Brings up an API server, or a whole node, unless SLUICE_TEST_KUBECONFIG names a cluster already.
 * A string says why this machine cannot.
 */
export async function bringUp(tier: 'cluster' | 'node'): Promise<Environment | string> {
  if (process.env['SLUICE_TEST_KUBECONFIG'] !== undefined) {
    if (tier === 'node') await loadImages((archive) => cluster().load(archive))
    return { prefix: [], env: {}, takeDown: async () => {} }
  }
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return 'needs root on Linux, or a cluster named by SLUICE_TEST_KUBECONFIG'
  }
  // Whole nodes would share a cgroup root, so there is one; API servers may run side by side.
  const name = tier === 'node' ? 'sluice-node' : `sluice-api-${process.pid}`
  const dir = join(tmpdir(), name)
  const env = { NODE_NAME: name, NODE_DIR: dir }
  const script = async (...args: string[]) => {
    await execa(nodeScript, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  }

  const extent = tier === 'cluster' ? ['--api-only'] : []
  try {
    await script('build', ...extent)
  } catch {
    return 'the programs of Kubernetes could not be built: see above'
  }
  const owner = `${dir}.owner`
  await refuseOwned(name, owner)
  await script('down') // what an interrupted run may have left
  await writeFile(owner, String(process.pid))
  const takeDown = async () => {
    await script('down')
    await rm(owner, { force: true })
  }
  try {
    await script('up', ...extent)
    if (tier === 'node') await loadImages((archive) => script('load', archive))
  } catch (error) {
    await takeDown()
    throw error
  }
  return {
    prefix: [nodeScript, 'in'],
    env: {
      ...env,
      SLUICE_TEST_KUBECONFIG: join(dir, 'kubeconfig'),
      SLUICE_TEST_LOAD: `${nodeScript} load`,
      SLUICE_TEST_NODE_DIR: dir,
    },
    takeDown,
  }
}

/** Throws if a node of that name belongs to somebody who still uses it. */
async function refuseOwned(name: string, owner: string): Promise<void> {
  const isUp = await exists(`/run/netns/${name}`)
  if (!isUp) return
  const pid = await readFile(owner, 'utf8').catch(() => undefined)
  if (pid === undefined) throw new Error(`a node is up already: ${nodeScript} down stops it`)
  if (await exists(`/proc/${pid}`)) throw new Error(`the tests of process ${pid} use the node`)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
