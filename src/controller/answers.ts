import { unavailableHost, unavailableTlsHost } from '../model/loopback.ts'
import type { Answer, Endpoint } from '../resolver/answer.ts'
import type { NamedEndpoints } from '../translate/translation.ts'

/** What nginx is told of an upstream; where it has no endpoint, the place where nginx itself answers 503. */
export function answerOf(
  { addresses, isHashed, isTls }: NamedEndpoints,
  statusPort: number,
): Answer {
  const nowhere = { address: isTls ? unavailableTlsHost : unavailableHost, port: statusPort }
  return {
    endpoints: addresses.length === 0 ? [nowhere] : addresses.map(endpointOf),
    isApart: isHashed,
  }
}

/** Says the same to nginx. */
export const isAlike = (a: NamedEndpoints, b: NamedEndpoints): boolean =>
  a.isHashed === b.isHashed && a.isTls === b.isTls && a.addresses.join() === b.addresses.join()

/** Of `10.0.0.1:8080` or `[fd00::1]:8080`. */
function endpointOf(text: string): Endpoint {
  const colon = text.lastIndexOf(':')
  return {
    address: text.slice(0, colon).replaceAll(/[[\]]/g, ''),
    port: Number(text.slice(colon + 1)),
  }
}
