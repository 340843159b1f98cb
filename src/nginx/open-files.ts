import { readFileSync } from 'node:fs'

/**
 * How many files a process may have open at most; undefined for no limit. nginx runs under the same: it is
 * started from here, or in a container of the same pod.
 */
export function mostOpenFiles(path = '/proc/self/limits'): number | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  const hard = /^Max open files +\S+ +(\d+) /m.exec(text)?.[1]
  return hard === undefined ? undefined : Number(hard)
}
