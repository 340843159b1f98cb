import type { Cluster } from './cluster.ts'

/** A watch of EndpointSlices that does nothing but tell when it heard of one. */
export interface Watch {
  /** Resolves to the moment of the next event of that slice. */
  next(name: string): Promise<number>
  stop(): void
}

export async function watchSlices({ admin }: Cluster): Promise<Watch> {
  const stopped = new AbortController()
  const waiting = new Map<string, (moment: number) => void>()
  const path = '/apis/discovery.k8s.io/v1/namespaces/team-0/endpointslices'
  const { metadata } = (await admin.request({ path, signal: stopped.signal })) as {
    readonly metadata: { readonly resourceVersion: string }
  }
  const events = await admin.stream({
    path,
    query: { watch: 'true', resourceVersion: metadata.resourceVersion },
    silenceMs: () => 600_000,
    signal: stopped.signal,
  })
  const followed = (async () => {
    for await (const group of events) {
      const now = performance.now()
      for (const { object } of group as readonly WatchEvent[]) {
        waiting.get(object.metadata.name)?.(now)
        waiting.delete(object.metadata.name)
      }
    }
  })()
  followed.catch(() => undefined) // stopping ends it with an error
  return {
    next: (name) => new Promise((resolve) => waiting.set(name, resolve)),
    stop: () => stopped.abort(),
  }
}

interface WatchEvent {
  readonly object: { readonly metadata: { readonly name: string } }
}
