/**
 * `text`, an nginx.conf, without what it shares with `base`: in the contexts above the servers each
 * line or map that `base` has too, and whole servers and upstreams that are equal. What only `base`
 * has is told, so that equal excerpts mean equal text but for the place of a line among its kind.
 */
export function excerptOf(text: string, base: string): string {
  const [parts, baseParts] = [partsOf(text), partsOf(base)]
  const known = new Set(baseParts.servers)
  return [
    ...changes(parts.settings, baseParts.settings, '# … as in ../defaults'),
    ...parts.servers.map((server) => (known.has(server) ? same(firstLine(server)) : `\n${server}`)),
    ...missing(parts.servers, baseParts.servers),
    '',
  ].join('\n')
}

/** What is different in `text` from `base`, another nginx.conf of the same objects: single locations, too. */
export function differenceOf(text: string, base: string): string {
  const [parts, baseParts] = [partsOf(text), partsOf(base)]
  const locations = (servers: readonly string[]): readonly string[] =>
    servers.flatMap((server) => server.split(/\n\n(?= {8}# )/).map((each) => `\n${each}`))
  return [
    ...changes(parts.settings, baseParts.settings, '# … as in nginx.conf'),
    ...changes(
      locations(parts.servers),
      locations(baseParts.servers),
      '\n    # … as in nginx.conf',
    ),
    '',
  ].join('\n')
}

const same = (what: string): string => `\n${what}\n    # … as in ../defaults`
const firstLine = (server: string): string => server.split('\n', 1)[0] ?? ''
const missing = (own: readonly string[], base: readonly string[]): readonly string[] =>
  base.filter((each) => !own.includes(each)).map((each) => `\n    # not: ${firstLine(each).trim()}`)

interface Parts {
  /** Lines of main, events and http; a block such as a map is one. */
  readonly settings: readonly string[]
  /** Servers and upstreams, with the comments above them. */
  readonly servers: readonly string[]
}

function partsOf(text: string): Parts {
  const [head = '', ...servers] = text.replace(/\n\}\n$/, '').split(opening)
  const settings: string[] = []
  for (const line of head.split('\n')) {
    if (/^(?: {8}| {4}\}$)/.test(line)) settings.push(`${settings.pop() ?? ''}\n${line}`)
    else if (line !== '') settings.push(line)
  }
  return { settings: settings.filter((each) => !followsFromUpstreams(each)), servers }
}

/** Where the comments above an upstream or a server begin; other comments are headings. */
const opening = /\n\n(?=(?: {4}# .*\n)+ {4}(?:server|upstream) )/

const followsFromUpstreams = (block: string): boolean =>
  block.startsWith('    map $proxy_host $proxy_upstream_name {')

/** By the longest common subsequence, what is only in `own`, as comments what is only in `base`, and `equal` for the rest. */
function changes(
  own: readonly string[],
  base: readonly string[],
  equal: string,
): readonly string[] {
  const lengths = Array.from({ length: own.length + 1 }, () =>
    Array.from({ length: base.length + 1 }, () => 0),
  )
  const length = (i: number, j: number): number => lengths[i]?.[j] ?? 0
  for (let i = own.length - 1; i >= 0; i--) {
    const row = lengths[i] ?? []
    for (let j = base.length - 1; j >= 0; j--)
      row[j] =
        own[i] === base[j] ? length(i + 1, j + 1) + 1 : Math.max(length(i + 1, j), length(i, j + 1))
  }
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < own.length || j < base.length) {
    if (i < own.length && own[i] === base[j]) {
      i++
      j++
      if (lines.at(-1) !== equal) lines.push(equal)
    } else if (j < base.length && (i >= own.length || length(i, j + 1) >= length(i + 1, j))) {
      lines.push(`    # not: ${(base[j++] ?? '').trim().replaceAll(/\s+/g, ' ')}`)
    } else {
      lines.push(own[i++] ?? '')
    }
  }
  return lines
}
