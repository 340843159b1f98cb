import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { dns1123Subdomain } from '../objects/meta.ts'

/** What resolv.conf(5) says of how this machine or pod looks names up. */
export interface ResolvConf {
  readonly nameservers: readonly string[]
  /** Domains of which a short name may leave out the end. */
  readonly search: readonly string[]
  /** A name with fewer dots is looked for in those domains before it is taken as it stands. */
  readonly ndots: number
}

export function resolvConf(path = '/etc/resolv.conf'): ResolvConf {
  try {
    return resolvConfOf(readFileSync(path, 'utf8'))
  } catch {
    return resolvConfOf('')
  }
}

/** The C library takes no more. */
const mostDots = 15

/** Of the text of a resolv.conf. nginx knows no zone of an IPv6 address, so such a server is left out. */
export function resolvConfOf(text: string): ResolvConf {
  const nameservers: string[] = []
  let search: readonly string[] = []
  let ndots = 1
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/)
    const [first = ''] = values
    if (keyword === 'nameserver' && isIP(first) !== 0 && !first.includes('%'))
      nameservers.push(first)
    // the last of several lines counts
    if (keyword === 'search') search = domainsOf(values)
    if (keyword === 'domain') search = domainsOf([first])
    if (keyword === 'options')
      for (const option of values) {
        const dots = /^ndots:(\d+)$/.exec(option)?.[1]
        if (dots !== undefined) ndots = Math.min(mostDots, Number(dots))
      }
  }
  return { nameservers, search, ndots }
}

const domainsOf = (texts: readonly string[]): readonly string[] =>
  texts
    .map((each) => each.toLowerCase().replace(/\.$/, ''))
    .filter((each) => dns1123Subdomain.test(each))

const longestName = 253

/** The full names that `name` may stand for, in the order in which they are tried. */
export function fullNamesOf(
  name: string,
  { search, ndots }: Pick<ResolvConf, 'search' | 'ndots'>,
): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const searched = search.map((end) => `${name}.${end}`)
  const dots = name.split('.').length - 1
  const names = dots < ndots ? [...searched, name] : [name, ...searched]
  return [...new Set(names)].filter(({ length }) => length <= longestName)
}
