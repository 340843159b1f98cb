import { readConfiguration } from './nginx-grammar.ts'
import type { Statement } from './nginx-grammar.ts'

/** What of an nginx.conf is one tenant's alone, and what is everybody else's, in order. */
export interface Shares {
  readonly own: readonly Statement[]
  readonly others: readonly Statement[]
}

/**
 * The tenant's are the server of `host` and what says how upstreams to Services of `namespace` are. What
 * stands in http is told as if it stood outside.
 */
export function sharesOf(text: string, host: string, namespace: string): Shares {
  const own: Statement[] = []
  const others: Statement[] = []
  for (const statement of readConfiguration(text).flatMap(apart))
    (isOf(statement, host, namespace) ? own : others).push(statement)
  return { own, others }
}

const upstreamNames = 'map $proxy_host $proxy_upstream_name'

/** http, and the names of all upstreams, line by line. */
function apart({ words, block }: Statement): readonly Statement[] {
  if (words[0] === 'http') return (block ?? []).flatMap(apart)
  if (words.join(' ') === upstreamNames)
    return (block ?? []).map((line) => ({
      words: [upstreamNames, ...line.words],
      block: undefined,
    }))
  return [withoutWhole({ words, block })]
}

/** What all hosts and upstreams together make: the digest, and the sizes of shared memory and of tables. */
const withoutWhole = ({ words, block }: Statement): Statement => {
  const [name, first] = words
  const isOfAll = (word: string, i: number): boolean =>
    (name === 'return' && /^[0-9a-f]{64}$/.test(word)) ||
    (name === 'zone' && first === 'endpoints' && i === 2) ||
    (/_hash_(?:bucket|max)_size$/.test(name ?? '') && i === 1)
  return { words: words.filter((word, i) => !isOfAll(word, i)), block: block?.map(withoutWhole) }
}

function isOf({ words, block = [] }: Statement, host: string, namespace: string): boolean {
  const [name, first = ''] = words
  if (name === 'upstream' || name === upstreamNames) return first.includes(`_${namespace}_`)
  return name === 'server' && block.some((one) => one.words.join(' ') === `server_name ${host}`)
}

/** What is in `all` beside `some`; undefined where `some` is not whole, or in another order. */
export function additionsTo(
  some: readonly Statement[],
  all: readonly Statement[],
): readonly Statement[] | undefined {
  const left = some.map((one) => JSON.stringify(one))
  const added = all.filter((one) => {
    if (JSON.stringify(one) !== left[0]) return true
    left.shift()
    return false
  })
  return left.length === 0 ? added : undefined
}

/** Each directive of `statements`: how it is called, in which blocks, and with how many words. */
export const shapesOf = (statements: readonly Statement[], place = ''): readonly string[] =>
  statements.flatMap(({ words, block }) => {
    const [name = ''] = words
    const isEntry = /(?:^| )(?:map|geo|split_clients)\/\d+ $/.test(place)
    const shape = `${place}${isEntry ? '' : name}/${words.length} `
    return [shape, ...shapesOf(block ?? [], shape)]
  })
