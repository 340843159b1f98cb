import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { workersOf } from '../../src/nginx/processes.ts'
import { until } from '../../test/support/until.ts'

/** A master, by its pid, and its workers. */
export const nginxTree = (master: number): number[] => [
  master,
  ...workersOf({ pid: master, startTime: '' }).map(({ pid }) => pid),
]

/** Memory of the processes in MiB, what they share counted once. */
export function pssMiB(pids: readonly number[]): number {
  const kib = pids.map((pid) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1])
  })
  return kib.reduce((sum, each) => sum + each, 0) / 1024
}

/** Their memory when two looks half a second apart show the same. */
export async function restedMiB(pids: () => readonly number[]): Promise<number> {
  let last = pssMiB(pids())
  const isSame = (): boolean => {
    const now = pssMiB(pids())
    const difference = Math.abs(now - last)
    last = now
    return difference < 0.5
  }
  await delay(restMs)
  await until('memory rests', isSame, { everyMs: restMs })
  return last
}

const restMs = 500

/** As `restedMiB`, of a controller that had the time in which V8 gives back what passes have left over. */
export async function controllerAtRestMiB(pid: number): Promise<number> {
  await delay(givenBackMs)
  return restedMiB(() => [pid])
}

const givenBackMs = 25_000

/** The most memory (RSS) that the process ever had. */
export function mostMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

/** What the process and its threads have used of processors, in µs. */
export function cpuMicroseconds(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`)
  return tasks
    .map((task) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    )
    .reduce((sum, nanoseconds) => sum + nanoseconds / 1_000, 0)
}
