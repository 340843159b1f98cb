import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'

/** The DNS servers of this machine or pod. */
export function nameservers(path = '/etc/resolv.conf'): readonly string[] {
  try {
    return nameserversOf(readFileSync(path, 'utf8'))
  } catch {
    return []
  }
}

/** Of the text of a resolv.conf. nginx knows no zone of an IPv6 address, so such a server is left out. */
export function nameserversOf(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [keyword, address = ''] = line.trim().split(/\s+/)
    return keyword === 'nameserver' && isIP(address) !== 0 && !address.includes('%')
      ? [address]
      : []
  })
}
