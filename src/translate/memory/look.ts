import type { Look, Resolved } from '../../annotations/look.ts'
import type { ConfigMap, Secret } from '../../objects/kinds.ts'
import type { Key } from '../../objects/meta.ts'
import type { Snapshot } from '../../objects/snapshot.ts'
import { referenceTo } from '../backends/reference.ts'
import type { Reference } from '../backends/reference.ts'

/** What is asked of the cluster, where questions can be asked again. */
export interface Cluster extends Pick<Snapshot, 'secrets' | 'configMaps'> {
  readonly resolve: (reference: Reference) => Resolved
}

/** A question and its answer. */
export type Read =
  | { readonly kind: 'secret'; readonly key: Key; readonly gave: Secret | undefined }
  | { readonly kind: 'configMap'; readonly key: Key; readonly gave: ConfigMap | undefined }
  | { readonly kind: 'upstream'; readonly reference: Reference; readonly gave: Resolved }

/** A Look at `cluster` that notes in `reads` what it was asked. */
export function recordedLook(cluster: Cluster, reads: Read[]): Look {
  return {
    secret: (key) => {
      const gave = cluster.secrets.get(key)
      reads.push({ kind: 'secret', key, gave })
      return gave
    },
    configMap: (key) => {
      const gave = cluster.configMaps.get(key)
      reads.push({ kind: 'configMap', key, gave })
      return gave
    },
    upstream: (to, balance) => {
      const reference = referenceTo(to, balance)
      const gave = cluster.resolve(reference)
      reads.push({ kind: 'upstream', reference, gave })
      return gave
    },
  }
}

/** Whether `cluster` answers every question as it did. All are asked, because asking for an upstream uses it. */
export function givesTheSame(reads: readonly Read[], cluster: Cluster): boolean {
  let isSame = true
  for (const read of reads) if (answerTo(read, cluster) !== read.gave) isSame = false
  return isSame
}

function answerTo(read: Read, { secrets, configMaps, resolve }: Cluster): unknown {
  switch (read.kind) {
    case 'secret':
      return secrets.get(read.key)
    case 'configMap':
      return configMaps.get(read.key)
    case 'upstream':
      return resolve(read.reference)
  }
}
