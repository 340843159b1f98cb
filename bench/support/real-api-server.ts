import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { nodeScript } from '../../test/support/cluster.ts'
import { bringUp } from '../../test/support/environment.ts'
import type { Environment } from '../../test/support/environment.ts'
import type { Bench, Line } from '../measurement.ts'

/**
 * Runs `program`, a file of bench/api-server, in the network of a real kube-apiserver with etcd behind
 * it, and returns the lines that it prints. The API server must be there already: compiling it is for
 * `npm run test:cluster`.
 */
export async function throughRealApiServer(
  bench: Bench,
  program: string,
): Promise<readonly Line[]> {
  const why = await missing()
  if (why !== undefined) return [notRun(why)]
  bench.say(`${program}: an API server starts`)
  const environment = await bringUp('cluster')
  if (typeof environment === 'string') return [notRun(environment)]
  const { env } = environment
  // An interruption ends the bench at once; nothing of the API server may stay.
  const takeDownAtOnce = (): void =>
    void execFileSync(nodeScript, ['down'], { env: { ...process.env, ...env } })
  process.on('exit', takeDownAtOnce)
  try {
    return await measuredInside(bench, program, environment)
  } finally {
    process.off('exit', takeDownAtOnce)
    await environment.takeDown()
  }
}

async function measuredInside(
  { scratch, newest, isQuick }: Bench,
  program: string,
  { prefix, env }: Environment,
): Promise<readonly Line[]> {
  const path = fileURLToPath(new URL(`../api-server/${program}`, import.meta.url))
  const args = [path, scratch, newest.version, newest.path, ...(isQuick ? ['quick'] : [])]
  const [file = process.execPath, ...rest] = [...prefix, process.execPath, ...args]
  const { stdout, exitCode } = await execa(file, rest, { env, stderr: 'inherit', reject: false })
  const lines = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
  if (exitCode === 0) return lines
  const reached = `failed: the measuring program ended with ${exitCode ?? 'a signal'}`
  return [...lines, { ...notRun(''), reached, isMet: false }]
}

async function missing(): Promise<string | undefined> {
  if (process.env['SLUICE_TEST_KUBECONFIG'] !== undefined)
    return 'it fills a cluster of its own, not the one of SLUICE_TEST_KUBECONFIG'
  const { exitCode } = await execa(nodeScript, ['built'], { reject: false })
  return exitCode === 0 ? undefined : 'no API server here; `npm run test:cluster` compiles one'
}

const notRun = (why: string): Line => ({
  what: 'through a real kube-apiserver',
  at: '',
  goal: '',
  reached: `not run: ${why}`,
  floor: '',
  ratio: '',
  isMet: undefined,
})
