import { kindOfHash } from './password-hash.ts'

/** A line of a file of users, `name:hash`, whatever stands in it. */
export interface UserLine {
  /** From 1. */
  readonly number: number
  readonly text: string
}

/** Users and hashes of their passwords, for nginx. */
export interface Htpasswd {
  /** Those that can log in, a line each. */
  readonly text: string
  /** Numbers of the lines without a hash that nginx or crypt(3) knows. */
  readonly unknown: readonly number[]
  /** Numbers of those whose hash costs too much to compare. */
  readonly slow: readonly number[]
}

/** The lines of a file, without comments and empty ones. */
export const linesOf = (file: string): readonly UserLine[] =>
  file
    .split(/\r\n|\n|\r/)
    .map((text, i) => ({ number: i + 1, text }))
    .filter(({ text }) => text.trim() !== '' && !text.startsWith('#'))

/**
 * What of `lines` can let somebody in, printed anew. As nginx has it, the first line of a user counts, also
 * where that one is of no use, and a hash ends at a colon.
 */
export function htpasswdOf(lines: readonly UserLine[]): Htpasswd {
  const users = new Set<string>()
  const [unknown, slow]: [number[], number[]] = [[], []]
  let text = ''
  for (const line of lines) {
    const [name = '', hash = ''] = line.text.split(':')
    if (users.has(name)) continue
    users.add(name)
    const kind = name === '' || /\p{Cc}/u.test(line.text) ? 'unknown' : kindOfHash(hash)
    if (kind === 'usable') text += `${name}:${hash}\n`
    else (kind === 'slow' ? slow : unknown).push(line.number)
  }
  return { text, unknown, slow }
}
