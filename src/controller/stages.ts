import type { Directive } from '../model/directive.ts'
import type { Config, Server, Upstream } from '../model/config.ts'

/** `config` without what serves clients: nginx learns the endpoints before the first of them comes. */
export function withoutClients(config: Config): Config {
  return {
    ...config,
    servers: config.servers.filter(({ host }) => isOwn(host)),
    certificates: [],
  }
}

/** Those that only Sluice and nginx use are not named like a host. */
const isOwn = (host: string): boolean => host === 'status' || host === 'unavailable'

/** `before`, with the upstreams that `after` has, too: nothing uses the new ones yet. */
export function withUpstreamsOf(before: Config, after: Config): Config {
  const names = new Set(after.upstreams.map(({ name }) => name))
  const zone = after.upstreams.flatMap(({ directives }) => directives).find(isSharedZone)
  const leaving = before.upstreams
    .filter(({ name }) => !names.has(name))
    .map((upstream): Upstream => ({
      ...upstream,
      // nginx wants to read the same size everywhere
      directives: upstream.directives.map((each) => (isSharedZone(each) ? (zone ?? each) : each)),
    }))
  return { ...before, upstreams: [...after.upstreams, ...leaving] }
}

const isSharedZone = ({ name, args }: Directive): boolean =>
  name === 'zone' && args[0] === 'endpoints'

/** Whether requests that are served by `before` would reach one of the upstreams `fresh` in `after`. */
export function movesTo(fresh: ReadonlySet<string>, before: Config, after: Config): boolean {
  if (fresh.size === 0) return false
  const served = new Map(before.servers.map((server) => [server.host, server]))
  const fallback = served.get('_')
  const hasFallback = fallback !== undefined && upstreamsOf(fallback).length > 0
  return after.servers.some((server) => {
    const { host } = server
    if (served.get(host) === server || !upstreamsOf(server).some((name) => fresh.has(name)))
      return false
    return served.has(host) || served.has(`*${host.slice(host.indexOf('.'))}`) || hasFallback
  })
}

const upstreamsOf = ({ locations }: Server): readonly string[] =>
  locations.flatMap(({ directives }) =>
    directives.flatMap(({ name, args }) =>
      name === 'proxy_pass' || name === 'grpc_pass' ? [args[0]?.split('://')[1] ?? ''] : [],
    ),
  )
