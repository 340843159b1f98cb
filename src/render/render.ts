import { hash } from 'node:crypto'
import { generation, secretPath } from '../model/config.ts'
import type { Config, SecretFile, Server, Upstream } from '../model/config.ts'
import type { Directive } from '../model/directive.ts'
import type { Bundle, KeyFile } from './bundle.ts'
import { configView, directiveView, serverView, upstreamView } from './views.ts'

/** The templates, which are the files of `templates/`. */
export const templateNames = ['nginx.conf', 'upstream', 'server', 'location', 'directives'] as const
export type TemplateName = (typeof templateNames)[number]

/** Compiled templates: a view in, text out. `location` and `directives` are parts of the others. */
export interface Templates {
  readonly config: (view: object) => string
  readonly directives: (views: object) => string
  readonly upstream: (view: object) => string
  readonly server: (view: object) => string
}

interface Part {
  readonly text: string
  readonly digest: string
  readonly tellsGeneration: boolean
}

/** Text that was printed before: what did not change is neither printed nor read again. */
interface Printed {
  readonly asked: Parts<Directive>
  readonly servers: Parts<Server>
  readonly upstreams: Parts<Upstream>
  frame: { readonly of: Config; readonly part: Part } | undefined
}
const printed = new WeakMap<Templates, Printed>()

// Where what is many stands in nginx.conf; no token has a control character.
const askedMark = '\u0000asked\u0000'
const upstreamsMark = '\u0000upstreams\u0000'
const serversMark = '\u0000servers\u0000'
const marks = new RegExp(`(${askedMark}|${upstreamsMark}|${serversMark})`)

/** `config` as files. The digest covers all of them, and names the generation that nginx answers. */
export function render(config: Config, templates: Templates): Bundle {
  let memory = printed.get(templates)
  if (memory === undefined) {
    memory = {
      asked: new Parts(),
      servers: new Parts(),
      upstreams: new Parts(),
      frame: undefined,
    }
    printed.set(templates, memory)
  }
  const frame = frameOf(config, templates, memory)
  const asked = memory.asked.of(config.asked, (line) =>
    indented(templates.directives([directiveView(line)])),
  )
  const upstreams = memory.upstreams.of(config.upstreams, (upstream) =>
    templates.upstream(upstreamView(upstream)),
  )
  const servers = memory.servers.of(config.servers, (server) =>
    templates.server(serverView(server)),
  )
  const digests = [asked, upstreams, servers].map(digestsOf)
  const digest = hash('sha256', `${[frame.digest, ...digests].join('\n')}\n`)
  const text = frame.text.split(marks).reduce((all, piece) => {
    if (piece === askedMark) return withParts(all, asked, '\n')
    if (piece === upstreamsMark) return withParts(all, upstreams, '\n\n')
    if (piece === serversMark) return withParts(all, naming(digest, servers), '\n\n')
    return all + piece
  }, '')
  return {
    digest,
    files: new Map([['nginx.conf', text]]),
    keyFiles: keyFilesOf(config.files),
  }
}

/** nginx.conf without what is many. */
function frameOf(config: Config, templates: Templates, memory: Printed): Part {
  const before = memory.frame
  if (before !== undefined && isFramedAlike(before.of, config)) return before.part
  const text = templates.config(
    configView(
      config,
      config.asked.length === 0 ? [] : [askedMark],
      config.upstreams.length === 0 ? [] : [upstreamsMark],
      config.servers.length === 0 ? [] : [serversMark],
    ),
  )
  const part = partOf(text)
  memory.frame = { of: config, part }
  return part
}

const isFramedAlike = (a: Config, b: Config): boolean =>
  a.main === b.main &&
  a.events === b.events &&
  a.http === b.http &&
  a.stream === b.stream &&
  (a.asked.length === 0) === (b.asked.length === 0) &&
  (a.upstreams.length === 0) === (b.upstreams.length === 0) &&
  (a.servers.length === 0) === (b.servers.length === 0)

/** Text after text and never `join`: nothing is copied before the whole is written. */
function withParts(start: string, parts: readonly Part[], gap: string): string {
  let text = start
  let isFirst = true
  for (const part of parts) {
    if (!isFirst) text += gap
    text += part.text
    isFirst = false
  }
  return text
}

const indented = (text: string): string =>
  `    ${text.includes('\n') ? text.replaceAll('\n', '\n    ') : text}`

/** `servers`, of which the one that tells the generation does so. */
function naming(digest: string, servers: readonly Part[]): readonly Part[] {
  const at = servers.findIndex(({ tellsGeneration }) => tellsGeneration)
  const teller = servers[at]
  if (teller === undefined) return servers
  return servers.with(at, { ...teller, text: teller.text.replace(generation, digest) })
}

const digestsOf = (parts: readonly Part[]): string => parts.map(({ digest }) => digest).join('')

const partOf = (text: string): Part => ({
  text,
  digest: hash('sha256', text, 'base64'),
  tellsGeneration: text.includes(generation),
})

/** What was printed of many. */
class Parts<K extends object> {
  readonly #all = new WeakMap<K, Part>()
  /** Most stand where they stood the last time, and need not be looked for. */
  #last: { readonly keys: readonly K[]; readonly parts: readonly Part[] } = { keys: [], parts: [] }

  of(keys: readonly K[], print: (key: K) => string): readonly Part[] {
    const { keys: before, parts: known } = this.#last
    const parts = keys.map((key, i) => {
      const part = before[i] === key ? known[i] : this.#all.get(key)
      return part ?? this.#printed(key, print)
    })
    this.#last = { keys, parts }
    return parts
  }

  #printed(key: K, print: (key: K) => string): Part {
    const part = partOf(print(key))
    this.#all.set(key, part)
    return part
  }
}

const keyFiles = new WeakMap<readonly SecretFile[], readonly KeyFile[]>()

function keyFilesOf(secrets: readonly SecretFile[]): readonly KeyFile[] {
  let files = keyFiles.get(secrets)
  if (files === undefined) {
    files = secrets.map((file) => ({ path: secretPath(file), text: file.text }))
    keyFiles.set(secrets, files)
  }
  return files
}
