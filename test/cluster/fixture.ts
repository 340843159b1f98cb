import { readFile } from 'node:fs/promises'
import type { TestContext } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { apiSource } from '../../src/cluster/api.ts'
import type { ApiSettings } from '../../src/cluster/api.ts'
import { connect } from '../../src/cluster/connection.ts'
import type { ApiRequest, Connection } from '../../src/cluster/connection.ts'
import { usualTiming } from '../../src/cluster/feed.ts'
import type { Timing } from '../../src/cluster/feed.ts'
import type { ObjectSource } from '../../src/cluster/source.ts'
import type { Logger } from '../../src/log.ts'
import type { Snapshot } from '../../src/objects/snapshot.ts'
import { cluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'
import type { Made } from './objects.ts'

/** The API server with the rights of the manifests set up, and requests with every right. */
export interface Fixture {
  readonly cluster: Cluster
  readonly admin: Connection
  /** With the rights of the manifests, and no more. */
  readonly kubeconfig: string
  readonly make: (...objects: readonly Made[]) => Promise<void>
  readonly replace: (object: Made) => Promise<void>
  readonly remove: (object: Made) => Promise<void>
}

const rules = ['Namespace', 'ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'IngressClass']

export async function fixture(): Promise<Fixture> {
  const api = cluster()
  const manifests = await readFile(new URL('../../manifests/deploy.yaml', import.meta.url), 'utf8')
  const documents = parseAllDocuments(manifests).filter((document) =>
    rules.includes(String(document.get('kind'))),
  )
  await api.apply(documents.map((document) => document.toString()).join('---\n'))
  const admin = await connect({ kubeconfig: api.kubeconfig })
  const request = async (method: ApiRequest['method'] & string, path: string, body?: unknown) => {
    await admin.request({ method, path, body, signal: AbortSignal.timeout(30_000) })
  }
  return {
    cluster: api,
    admin,
    kubeconfig: await api.kubeconfigOf('sluice', 'sluice'),
    async make(...objects) {
      for (const { path, body } of objects) await request('POST', path, body)
    },
    replace: ({ path, body }) => request('PUT', `${path}/${nameOf(body)}`, body),
    remove: ({ path, body }) => request('DELETE', `${path}/${nameOf(body)}`),
  }
}

const nameOf = (body: Made['body']): string => (body['metadata'] as { name: string }).name

/** A line of a log, as a record. */
export interface Line {
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A source that runs until the test is over. */
export interface Running {
  readonly source: ObjectSource
  readonly lines: readonly Line[]
  /** `created Ingress shop/web`: every change so far, oldest first. */
  readonly changes: string[]
  /** Resolves when this change was told; forgets it and those before it. */
  readonly told: (change: string) => Promise<void>
  readonly stop: () => Promise<void>
}

export function run(
  t: TestContext,
  settings: Partial<ApiSettings>,
  timing: Partial<Timing> = {},
): Running {
  const lines: Line[] = []
  const line = (level: string) => (fields: unknown, message?: string) =>
    void lines.push({ level, message: message ?? '', fields: fields as Line['fields'] })
  const log: Logger = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
  }
  const source = apiSource({ syncPeriodMs: 0, ...settings }, log, {
    ...usualTiming,
    backoffMs: [50, 500],
    ...timing,
  })
  const changes: string[] = []
  source.onChange((batch) => {
    for (const { verb, kind, key } of batch) changes.push(`${verb} ${kind} ${key}`)
  })
  const abort = new AbortController()
  const running = source.start(abort.signal)
  const stop = async (): Promise<void> => {
    abort.abort()
    await running
  }
  t.after(stop)
  return {
    source,
    lines,
    changes,
    async told(change) {
      await until(`${change}, among ${JSON.stringify(changes)}`, () => changes.includes(change))
      changes.splice(0, changes.indexOf(change) + 1)
    },
    stop,
  }
}

/** What a Snapshot says, in an order that depends on nothing else. */
export function printed(snapshot: Snapshot): string {
  return JSON.stringify(snapshot, (_, value: unknown) =>
    isMap(value)
      ? Object.fromEntries([...value].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
      : value,
  )
}

/** Whichever kind of map a Snapshot has. */
const isMap = (value: unknown): value is ReadonlyMap<unknown, unknown> =>
  typeof value === 'object' && value !== null && 'get' in value && 'keys' in value

/** Waits until `source` says byte by byte the same as one that reads everything anew. */
export async function untilEqualToFresh(
  t: TestContext,
  source: ObjectSource,
  settings: Partial<ApiSettings>,
): Promise<void> {
  const fresh = run(t, settings)
  await fresh.source.synced
  await until('the same as a fresh source', () => {
    return printed(source.snapshot()) === printed(fresh.source.snapshot())
  })
  await fresh.stop()
}
