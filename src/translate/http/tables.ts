import type { Server, Upstream } from '../../model/config.ts'
import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { nginx, number } from '../../model/token.ts'
import type { Word } from '../../model/token.ts'

const powerOfTwo = (least: number, floor: number): number =>
  Math.max(floor, 2 ** Math.ceil(Math.log2(Math.max(1, least))))

/**
 * Tables in which nginx finds a place for every host, and every upstream: it refuses everything where a bucket does not hold
 * the longest one, and warns where it finds none. Buckets for four and four times as many as hosts leave
 * room; above 10,000 buckets nginx begins its search near the end, where it is short.
 */
export const tables = (servers: readonly Server[]): readonly Directive[] => [
  directive('server_names_hash_bucket_size', bucketFor(longestHostOf(servers))),
  directive('server_names_hash_max_size', bucketsFor(servers.length)),
  // for thousands of maps that annotations ask for, with a hash in each name
  directive('variables_hash_max_size', nginx`16384`),
  directive('variables_hash_bucket_size', nginx`512`),
  directive('proxy_headers_hash_max_size', nginx`1024`),
  directive('proxy_headers_hash_bucket_size', nginx`128`),
]

/** The same for maps. nginx takes these before the first map only. */
export function mapTables(
  servers: readonly Server[],
  upstreams: readonly Upstream[],
): readonly Directive[] {
  const longestHost = longestHostOf(servers)
  const longestKey = upstreams.reduce((most, { name }) => Math.max(most, name.length), longestHost)
  const most = Math.max(servers.length, upstreams.length)
  return [
    directive('map_hash_bucket_size', bucketFor(longestKey)),
    directive('map_hash_max_size', bucketsFor(most)),
  ]
}

const longestHostOf = (servers: readonly Server[]): number =>
  servers.reduce((most, { host }) => Math.max(most, host.length), 0)

const bucketFor = (longest: number): Word => number(powerOfTwo(4 * (longest + 18), 256))
const bucketsFor = (count: number): Word =>
  number(powerOfTwo(4 * count, count < 250 ? 2048 : 16_384))
