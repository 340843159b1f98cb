import { mkdir } from 'node:fs/promises'
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

/** Makes what is missing and removes what a crash left half done. Not while somebody publishes. */
export async function prepare({ root, bundles, tls, auth }: StateDir): Promise<void> {
  // In a pod this is a volume of the kubelet's; elsewhere it is ours to make.
  await mkdir(root, { recursive: true, mode: 0o700 })
  for (const dir of [bundles, tls, auth]) await ownDirectory(dir)
  // Bodies that nginx spools. In a pod a volume of its own: on disk, and so not ours.
  await mkdir(join(root, 'tmp'), { recursive: true, mode: 0o700 })
  for (const dir of [root, bundles, tls, auth]) await removeLeftovers(dir)
}
