import { readFileSync, readdirSync } from 'node:fs'
import { workersOf } from '../../src/nginx/processes.ts'

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

/** What the process and its threads have used of processors, in µs. */
export function cpuMicroseconds(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`)
  return tasks
    .map((task) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    )
    .reduce((sum, nanoseconds) => sum + nanoseconds / 1_000, 0)
}
