import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { cleaned } from './program.ts'

const longest = 64 * 1024

/** What nginx adds to a log file from `mark` on, as far as it is serious. */
export interface Complaints {
  mark(): void
  /** One a line, cleaned. */
  since(): readonly string[]
}

export function complaintsIn(file: string): Complaints {
  let from = 0
  let upTo = 0
  let found: readonly string[] = []
  return {
    mark: () => {
      from = upTo = sizeOf(file)
      found = []
    },
    since: () => {
      const size = sizeOf(file)
      if (size < from) from = 0
      if (size === upTo) return found
      upTo = size
      const text = textOf(file, from, Math.min(size - from, longest))
      found = cleaned(text)
        .split('\n')
        .filter((line) => /^\[(?:emerg|alert)\]/.test(line))
      return found
    },
  }
}

/**
 * Whether nginx has given up. It tries to bind a taken port five times before, and the other
 * program may leave it meanwhile.
 */
export const isFinal = (complaints: readonly string[]): boolean =>
  complaints.some((line) => line.startsWith('[emerg]') && !line.startsWith('[emerg] bind()'))

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function textOf(file: string, from: number, length: number): string {
  const buffer = Buffer.alloc(length)
  try {
    const fd = openSync(file, 'r')
    try {
      return buffer.toString('utf8', 0, readSync(fd, buffer, 0, length, from))
    } finally {
      closeSync(fd)
    }
  } catch {
    return ''
  }
}
