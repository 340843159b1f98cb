import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ownDirectory, removeLeftovers } from './files.ts'

/** The directory that Sluice shares with nginx, by what lies where. */
export interface StateDir {
  readonly root: string
  /** A directory for each bundle, named by its digest. */
  readonly bundles: string
  /** The link to the bundle that nginx serves. */
  readonly current: string
  /** The last bundle that nginx refused, for a person to read. */
  readonly rejected: string
  /** Secrets that nginx reads: certificates with their keys, and users with their hashes. */
  readonly tls: string
  readonly auth: string
  /** What nginx is started and tested with. */
  readonly conf: string
  readonly pid: string
}

export function stateDirAt(root: string): StateDir {
  return {
    root,
    bundles: join(root, 'bundles'),
    current: join(root, 'current'),
    rejected: join(root, 'rejected'),
    tls: join(root, 'tls'),
    auth: join(root, 'auth'),
    conf: join(root, 'current', 'nginx.conf'),
    pid: join(root, 'nginx.pid'),
  }
}

/** Makes the directory if it is missing. Rejects, with the way out, where nothing can be written to it. */
export async function makeStateDir(root: string): Promise<void> {
  try {
    // In a pod they are volumes of the kubelet's; elsewhere they are ours to make. nginx spools bodies
    // to the second, which is on disk.
    for (const dir of [root, join(root, 'tmp')]) {
      await mkdir(dir, { recursive: true, mode: 0o700 })
      await access(dir, constants.W_OK | constants.X_OK)
    }
  } catch (cause) {
    const user = process.geteuid?.()
    throw new Error(
      `--state-dir: user ${user} cannot write to ${root}; name a directory of that user, in a pod a volume that both containers mount there`,
      { cause },
    )
  }
}

/** Makes what is missing and removes what a crash left half done. Not while somebody publishes. */
export async function prepare({ root, bundles, tls, auth }: StateDir): Promise<void> {
  // In a pod this is a volume of the kubelet's; elsewhere it is ours to make.
  await mkdir(root, { recursive: true, mode: 0o700 })
  for (const dir of [bundles, tls, auth]) await ownDirectory(dir)
  // Bodies that nginx spools. In a pod a volume of its own: on disk, and so not ours.
  await mkdir(join(root, 'tmp'), { recursive: true, mode: 0o700 })
  for (const dir of [root, bundles, tls, auth]) await removeLeftovers(dir)
}
