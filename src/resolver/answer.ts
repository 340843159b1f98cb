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

/** Equal for answers that say the same. */
export const contentOf = ({ endpoints, isApart }: Answer): string =>
  `${isApart ? 'apart' : 'together'} ${endpoints.map(({ address, port }) => `${address} ${port}`).join(',')}`
