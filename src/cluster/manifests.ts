import { watch } from 'chokidar'
import { stat } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'
import { keyOf } from '../objects/meta.ts'
import { Alarm } from './alarm.ts'
import type { Scope } from './feeds.ts'
import { ManifestFolder } from './manifest-folder.ts'
import type { FolderContent } from './manifest-folder.ts'
import type { ObjectSource } from './source.ts'
import { Store } from './store.ts'
import type { Update } from './store.ts'
import { withinScope } from './within-scope.ts'

/** How long to wait after a change for the other changes that belong to it. */
const quietMs = 25
/** How often to look where the system does not tell about changes. */
const pollMs = 1000

export interface ManifestSettings extends Scope {
  /** How often to look although nothing tells of a change, as on some network file systems; 0 for never. */
  readonly syncPeriodMs?: number
}

/** The cluster that the manifests below `dir` describe. It follows what is edited there. */
export function manifestSource(
  dir: string,
  log: Logger,
  settings: ManifestSettings = {},
): ObjectSource {
  const { syncPeriodMs = 0 } = settings
  const store = new Store()
  const folder = new ManifestFolder(dir)
  const synced = Promise.withResolvers<void>()
  let isSynced = false
  let isLost = false
  let present: ReadonlyMap<string, Update> = new Map()
  let diagnostics: FolderContent['diagnostics'] = []

  function take(content: FolderContent): void {
    const wanted = new Map<string, Update>()
    for (const object of content.objects) {
      const { kind } = object
      const key = keyOf(object)
      wanted.set(`${kind} ${key}`, { kind, key, object })
    }
    const gone = [...present].filter(([name]) => !wanted.has(name))
    const updates = gone.map(([, { kind, key }]): Update => ({ kind, key, object: undefined }))
    present = wanted
    if (!isDeepStrictEqual(diagnostics, content.diagnostics)) diagnostics = content.diagnostics
    store.apply([...updates, ...wanted.values()], diagnostics)
  }

  /** What the folder holds now; undefined if it cannot be read, though it could be before. */
  async function read(): Promise<FolderContent | undefined> {
    try {
      const content = await folder.read()
      isLost = false
      if (!isSynced) sayWhetherNamespaceExists(content)
      return withinScope(content, settings)
    } catch (error) {
      if (!isSynced) throw error
      const fields = { dir, error: errorText(error) }
      if (!isLost) log.warn(fields, 'could not read the folder: its last content counts')
      isLost = true
      return undefined
    }
  }

  /** Nothing of a namespace that does not exist is served: that would look like peace. */
  function sayWhetherNamespaceExists({ objects }: FolderContent): void {
    const wanted = settings.watchNamespace
    const isThere = objects.some(({ kind, namespace, name }) =>
      kind === 'Namespace' ? name === wanted : namespace === wanted,
    )
    if (wanted && !isThere)
      log.error({ namespace: wanted }, 'did not find the namespace of --watch-namespace')
  }

  async function start(signal: AbortSignal): Promise<void> {
    await expectFolder(dir)
    const alarm = new Alarm()
    const ready = Promise.withResolvers<void>()
    let isPolling = false
    // Every event only says when to look: what counts is what the folder holds then.
    const watcher = watch(dir, { ignoreInitial: true, atomic: false })
    watcher.on('ready', () => ready.resolve())
    watcher.on('all', () => alarm.set(quietMs))
    watcher.on('error', (error) => {
      const fields = { dir, error: errorText(error) }
      if (!isPolling) log.warn(fields, 'could not watch the folder: looking every second instead')
      isPolling = true
      ready.resolve()
      alarm.set(quietMs)
    })
    try {
      await ready.promise
      while (!signal.aborted) {
        const content = await read()
        if (content !== undefined) take(content)
        if (!isSynced) {
          isSynced = true
          log.info({ dir, objects: present.size }, 'read the manifests')
          synced.resolve()
        }
        if (content?.lookAgainMs !== undefined) alarm.set(content.lookAgainMs)
        if (isLost || isPolling) alarm.set(pollMs)
        if (syncPeriodMs > 0) alarm.set(syncPeriodMs)
        await alarm.wait(signal)
      }
    } finally {
      await watcher.close()
    }
  }

  return {
    start,
    synced: synced.promise,
    get isSynced() {
      return isSynced
    },
    onChange: (listener) => store.onChange(listener),
    snapshot: () => store.snapshot(),
  }
}

async function expectFolder(dir: string): Promise<void> {
  const found = await stat(dir).catch((cause: unknown) => {
    throw new Error(`--manifests: there is no folder ${dir}`, { cause })
  })
  if (!found.isDirectory()) throw new Error(`--manifests: ${dir} is not a folder`)
}
