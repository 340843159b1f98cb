import { createHash } from 'node:crypto'
import { generation } from '../model/config.ts'
import type { Config, Server, Upstream } from '../model/config.ts'
import type { Bundle } from './bundle.ts'
import { configView, serverView, upstreamView } from './views.ts'

/** The templates, which are the files of `templates/`. */
export const templateNames = ['nginx.conf', 'upstream', 'server', 'location', 'directives'] as const
export type TemplateName = (typeof templateNames)[number]

/** Compiled templates: a view in, text out. `location` and `directives` are parts of the others. */
export interface Templates {
  readonly config: (view: object) => string
  readonly upstream: (view: object) => string
  readonly server: (view: object) => string
}

/** Text that was printed before: a server that did not change is not printed again. */
interface Printed {
  readonly servers: WeakMap<Server, string>
  readonly upstreams: WeakMap<Upstream, string>
}
const printed = new WeakMap<Templates, Printed>()

/** `config` as files. The digest covers all of them, and names the generation that nginx answers. */
export function render(config: Config, templates: Templates): Bundle {
  let memory = printed.get(templates)
  if (memory === undefined) {
    memory = { servers: new WeakMap(), upstreams: new WeakMap() }
    printed.set(templates, memory)
  }
  const { servers, upstreams } = memory
  const text = templates.config(
    configView(
      config,
      config.upstreams.map((upstream) =>
        once(upstreams, upstream, () => templates.upstream(upstreamView(upstream))),
      ),
      config.servers.map((server) =>
        once(servers, server, () => templates.server(serverView(server))),
      ),
    ),
  )
  const digest = createHash('sha256').update(text).digest('hex')
  return {
    digest,
    files: new Map([['nginx.conf', text.replace(generation, digest)]]),
    keyFiles: config.certificates.map(({ digest: key, pem }) => ({ path: `tls/${key}.pem`, pem })),
  }
}

function once<K extends object>(memory: WeakMap<K, string>, key: K, print: () => string): string {
  let text = memory.get(key)
  if (text === undefined) {
    text = print()
    memory.set(key, text)
  }
  return text
}
