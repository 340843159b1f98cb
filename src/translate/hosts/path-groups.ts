/** A capturing group of a regular expression. */
export interface Group {
  /** Where it begins and ends in the text. */
  readonly start: number
  readonly end: number
  /** Whatever it matches begins with a slash, or is empty. */
  readonly bringsSlash: boolean
}

/** The capturing groups of `path`, which is a regular expression that was checked before; the first is `$1`. */
export function groupsOf(path: string): readonly Group[] {
  const groups: { start: number; end: number }[] = []
  const open: ({ start: number; end: number } | undefined)[] = []
  for (let i = 0; i < path.length; i++) {
    const character = path.charAt(i)
    if (character === '\\') i++
    else if (character === '[') i = endOfClass(path, i)
    else if (character === '(') {
      const group = path[i + 1] === '?' ? undefined : { start: i + 1, end: path.length }
      if (group !== undefined) groups.push(group)
      open.push(group)
    } else if (character === ')') {
      const group = open.pop()
      if (group !== undefined) group.end = i
    }
  }
  return groups.map((group) => ({
    ...group,
    bringsSlash: alternativesOf(path.slice(group.start, group.end)).every(
      (text) => text === '' || text === '$' || text.startsWith('/'),
    ),
  }))
}

/** Whether two of the groups that `target` names, as `$1`, lie in each other. */
export function overlaps(groups: readonly Group[], target: string): boolean {
  const named = [...target.matchAll(/\$([1-9])/g)].flatMap(([, digit]) => {
    const group = groups[Number(digit) - 1]
    return group === undefined ? [] : [group]
  })
  return [...new Set(named)].some((outer) =>
    named.some((inner) => inner !== outer && inner.start >= outer.start && inner.end <= outer.end),
  )
}

function endOfClass(text: string, start: number): number {
  // a bracket that comes first is a member
  let i = start + (text[start + 1] === '^' ? 2 : 1)
  for (i++; i < text.length && text[i] !== ']'; i++) if (text[i] === '\\') i++
  return i
}

/** The parts of `text` between the bars that are in no group of it. */
function alternativesOf(text: string): readonly string[] {
  const bars: number[] = []
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i)
    if (character === '\\') i++
    else if (character === '[') i = endOfClass(text, i)
    else if (character === '(') depth++
    else if (character === ')') depth--
    else if (character === '|' && depth === 0) bars.push(i)
  }
  return [-1, ...bars].map((bar, i) => text.slice(bar + 1, bars[i] ?? text.length))
}
