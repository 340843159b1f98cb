/** `text` as inline code. */
export const code = (text: string): string => `\`${text}\``

/** What to say at the top of a page that nobody should edit. */
export const generated = (source: string): string =>
  `<!-- Made by "npm run docs" from ${source}. Change that, not this page. -->`

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

/** A table; a cell may hold anything but a line break. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)]
}

/** Blocks with an empty line between them. */
export const page = (...blocks: readonly (string | readonly string[])[]): string =>
  `${blocks.map((block) => (typeof block === 'string' ? block : block.join('\n'))).join('\n\n')}\n`

/** Names in a sentence or a list, sorted. */
export const names = (all: Iterable<string>): string => [...all].sort().map(code).join(', ')
