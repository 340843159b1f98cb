import { randomUUID } from 'node:crypto'
import { cluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'

const { inside } = cluster()

export interface Load {
  /** Ends it and tells how many requests were made, and which did not get a 200. */
  stop(): Promise<{ readonly requests: number; readonly failed: readonly string[] }>
}

/**
 * Requests one after the other, each on a fresh connection, from inside the cluster until told to
 * stop. It has begun when this resolves.
 */
export async function startLoad(address: string, host: string): Promise<Load> {
  const file = `/tmp/sluice-load-${randomUUID()}`
  // The client may run on another machine, where nothing but a file can stop it.
  const script = `
    : >"$1"
    while [ -e "$1" ]; do
      curl -s -o /dev/null --max-time 10 -w '%{http_code} %{exitcode} %{time_total}\\n' -H "Host: $2" "http://$3/" >>"$1.log"
    done
    cat "$1.log"; rm -f "$1.log"`
  const finished = inside('sh', '-c', script, 'sh', file, host, address)
  await until('the first request', () =>
    inside('sh', '-c', 'test -s "$1.log"', 'sh', file).then(() => true),
  )
  return {
    async stop() {
      await inside('rm', '-f', file)
      const lines = (await finished).split('\n').filter((line) => line !== '')
      return { requests: lines.length, failed: lines.filter((line) => !line.startsWith('200 ')) }
    },
  }
}
