import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { again, nginxProcesses } from './processes.ts'
import type { Process } from './processes.ts'
import type { StateDir } from './state-dir.ts'

const patienceMs = 2000

/**
 * Removes what a killed master leaves: workers that go on serving and hold the ports, unix sockets
 * that cannot be bound again, a stale pid file. The workers finish what they have begun.
 *
 * Those workers are ours for certain: nginx was started as the leader of a process group, and while
 * a process is left in it, the kernel gives its number to nobody else.
 */
export async function sweep(state: StateDir, deadMaster: number | null): Promise<number> {
  const orphans = deadMaster === null ? [] : orphansOf(deadMaster)
  for (const { pid } of orphans) send(pid, 'SIGQUIT')
  const deadline = performance.now() + patienceMs
  while (orphans.some(holdsPorts) && performance.now() < deadline) await delay(5)
  for (const orphan of orphans.filter(holdsPorts)) send(orphan.pid, 'SIGKILL')
  while (orphans.some(holdsPorts)) await delay(5)

  await rm(state.pid, { force: true })
  for (const name of await readdir(state.root))
    if (name.endsWith('.sock')) await rm(join(state.root, name), { force: true })
  return orphans.length
}

function orphansOf(deadMaster: number): Process[] {
  const group = nginxProcesses().filter((process) => process.group === deadMaster)
  return group.some(({ pid }) => pid === deadMaster) ? [] : group
}

function holdsPorts(process: Process): boolean {
  const now = again(process)
  return now !== undefined && !now.title.includes('is shutting down')
}

/** Sends a signal; false if the process is gone. */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}
