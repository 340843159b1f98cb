import type { Directive } from '../../model/directive.ts'
import type { Origin } from '../../model/origin.ts'

/** `line` with its origin, unless it has one. Without a spread, which would make objects half as large again. */
export function marked(line: Directive, origin: Origin): Directive {
  if (line.origin !== undefined) return line
  const { name, args, block } = line
  return block === undefined ? { name, args, origin } : { name, args, block, origin }
}
