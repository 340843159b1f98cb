import { block, entry } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { literal, nginx } from '../../model/token.ts'
import type { Token } from '../../model/token.ts'

/** In `map`: the value for all that no other line names. */
export const otherwise: Token = nginx`default`
export const empty: Token = literal('')

type Line = readonly [key: Token, value: Token] | Directive

const isPair = (line: Line): line is readonly [Token, Token] => Array.isArray(line)

/** The variable `to`, whose value follows from `from`. nginx works it out where it is used, once a request. */
export const map = (from: Token, to: Token, lines: readonly Line[]): Directive =>
  block(
    'map',
    [from, to],
    lines.map((line) => (isPair(line) ? entry(...line) : line)),
  )
