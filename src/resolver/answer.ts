/** An address and a port that requests may be sent to. */
export interface Endpoint {
  /** IPv4 or IPv6, without brackets. */
  readonly address: string
  readonly port: number
}

/** Where requests for one name go. */
export interface Answer {
  /** At least one: an upstream without endpoints is sent to where 503 is answered. */
  readonly endpoints: readonly Endpoint[]
  /**
   * Whether each endpoint gets a name of its own. nginx hashes consistently over the names, so a
   * `hash` upstream needs it; elsewhere one name for all saves a question for each.
   */
  readonly isApart: boolean
}

/** An Answer as text, which is equal for those that say the same, and small. */
export type Content = string

const apart = 'apart '
const together = 'together '

export const contentOf = ({ endpoints, isApart }: Answer): Content =>
  (isApart ? apart : together) +
  endpoints.map(({ address, port }) => `${address} ${port}`).join(',')

export function answerIn(content: Content): Answer {
  const isApart = content.startsWith(apart)
  const list = content.slice(isApart ? apart.length : together.length)
  const endpoints = list.split(',').map((text): Endpoint => {
    const [address = '', port] = text.split(' ')
    return { address, port: Number(port) }
  })
  return { endpoints, isApart }
}
