import { hash } from 'node:crypto'

/**
 * Names what `text` says, in lower-case hex: equal texts have the same. With so many digits nobody finds
 * another text of the same name, nor two that share one. Fewer are for what is named in full beside it.
 */
export const shortHash = (text: string, digits = 32): string =>
  hash('sha256', text).slice(0, digits)
