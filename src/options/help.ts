import type { Flag, Table } from './flag.ts'
import { groups } from './flag.ts'

const columns = 100
const indent = 34

/** The flags of `table` under their headings, as `--help` shows them. */
export function flagsHelp(table: Table): string {
  return groups
    .flatMap((group) => {
      const flags = Object.entries(table).filter(([, flag]) => flag.group === group)
      if (flags.length === 0) return []
      const isLater = flags.every(([, { effect }]) => effect === 'later')
      const lines = flags.every(([, { summary }]) => summary === '')
        ? wrapped(flags.map(([name]) => `--${name}`).join(' '), 2)
        : flags.flatMap(([name, flag]) => flagLines(name, flag, isLater))
      const note = isLater ? ' (accepted; this version does not have the feature yet)' : ''
      return [`${group}${note}:\n${lines.join('\n')}`]
    })
    .join('\n\n')
}

function flagLines(name: string, flag: Flag<unknown>, isNoted: boolean): string[] {
  const short = flag.short === undefined || flag.short === name ? '' : `-${flag.short}, `
  const left = `  ${short}--${name}${flag.value.form === '' ? '' : `=${flag.value.form}`}`
  const fallback =
    flag.default === undefined || flag.default === 'false' ? '' : ` (default ${flag.default})`
  const note = flag.effect === 'later' && !isNoted ? ' (not in this version yet)' : ''
  const [first = '', ...rest] = wrapped(flag.summary + fallback + note, indent)
  return left.length + 2 > indent
    ? [left, first, ...rest]
    : [left + first.slice(left.length), ...rest]
}

function wrapped(text: string, margin: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && margin + line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line].map((each) => ' '.repeat(margin) + each)
}
