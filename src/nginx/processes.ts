import { readFileSync, readdirSync } from 'node:fs'

/** A process; the start time (clock ticks since boot) tells it from a later one with its number. */
export interface ProcessId {
  readonly pid: number
  readonly startTime: string
}

/** A process as /proc shows it to everybody: its program and its open files may be out of reach. */
export interface Process extends ProcessId {
  readonly parent: number
  /** Its process group: the pid of the master, for workers of an nginx that Sluice started. */
  readonly group: number
  readonly uid: number
  /** `nginx: worker process is shutting down`; empty for what is not nginx. */
  readonly title: string
}

/** The process with this pid; undefined if there is none, or if it is dead and only not yet reaped. */
export function processOf(pid: number): Process | undefined {
  const stat = textOf(pid, 'stat')
  // The name in parentheses may itself hold parentheses and spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group] = fields
  const startTime = fields[19]
  if (startTime === undefined || state === 'Z' || state === 'X') return undefined
  const uid = /^Uid:\t\d+\t(\d+)/m.exec(textOf(pid, 'status'))?.[1]
  if (uid === undefined) return undefined
  // An nginx run through a dynamic loader has the loader's arguments before its title.
  const title = /(?:^|\0)(nginx: [^\0]*)/.exec(textOf(pid, 'cmdline'))?.[1] ?? ''
  return { pid, startTime, parent: Number(parent), group: Number(group), uid: Number(uid), title }
}

export function nginxProcesses(): Process[] {
  const all = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => processOf(Number(entry)))
    .filter((process) => process !== undefined)
  const parents = new Set(all.filter(isWorker).map(({ parent }) => parent))
  return all
    .map((process) => (parents.has(process.pid) ? withTitle(process) : process))
    .filter(({ title }) => title !== '')
}

/**
 * The kernel shows a title that grew beyond the arguments only if it starts where they do. Behind a
 * dynamic loader it does not, so a master (its title is long) is known there by its workers.
 */
function withTitle(process: Process): Process {
  const isLoaded = /(?:^|\/)ld-[^/\0]+\0*$/.test(textOf(process.pid, 'cmdline'))
  return process.title === '' && isLoaded ? { ...process, title: masterTitle } : process
}

const masterTitle = 'nginx: master process'

export const isMaster = ({ title }: Process): boolean => title.startsWith(masterTitle)
export const isWorker = ({ title }: Process): boolean => title.startsWith('nginx: worker process')

/** A worker that takes no more connections says so in its title. */
export const accepts = (process: Process): boolean =>
  isWorker(process) && !process.title.includes('is shutting down')

export function workersOf({ pid }: ProcessId): Process[] {
  const isOurs = (process: Process): boolean => isWorker(process) && process.parent === pid
  // Some kernels do not list children; to look at every process there is takes tens of times as long.
  const children = textOf(pid, `task/${pid}/children`).split(' ').filter(Boolean)
  if (children.length === 0) return nginxProcesses().filter(isOurs)
  return children
    .map((child) => processOf(Number(child)))
    .filter((process) => process !== undefined)
    .filter(isOurs)
}

/** The same process as it is now; undefined once it is gone. */
export function again({ pid, startTime }: ProcessId): Process | undefined {
  const now = processOf(pid)
  return now?.startTime === startTime ? now : undefined
}

export const isSame = (a: ProcessId, b: ProcessId): boolean =>
  a.pid === b.pid && a.startTime === b.startTime

/** Whether /proc tells about other processes at all. */
export const canSeeProcesses = (): boolean => processOf(process.pid) !== undefined

function textOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}
