import type { Config, Endpoint } from '../model/config.ts'
import { nginx, word } from '../model/token.ts'

const always = nginx`max_fails=0`

/**
 * `config`, in which the upstreams among `addresses` list them, too. What nginx is told comes some
 * milliseconds after it has an upstream, and until then it would have no endpoint.
 */
export function withAddresses(
  config: Config,
  addresses: ReadonlyMap<string, readonly string[]>,
): Config {
  if (addresses.size === 0) return config
  return {
    ...config,
    upstreams: config.upstreams.map((upstream) => {
      const listed = addresses.get(upstream.name) ?? []
      const lines = listed.map((each): Endpoint => ({ address: word(each), parameters: [always] }))
      return lines.length === 0
        ? upstream
        : { ...upstream, endpoints: [...upstream.endpoints, ...lines] }
    }),
  }
}
