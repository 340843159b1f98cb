import { hash } from 'node:crypto'

/** Names what `text` says: equal texts have the same, and no other is expected to. Lower-case hex. */
export const shortHash = (text: string, digits = 12): string =>
  hash('sha256', text).slice(0, digits)
