import type { Diagnostic } from '../diagnostics.ts'
import type { Directive } from '../model/directive.ts'
import type { Server, Upstream } from '../model/config.ts'
import type { ConfigMap } from '../objects/kinds.ts'
import { settingsOf } from '../settings/settings.ts'
import type { Resolved } from './resolve-service.ts'

/**
 * What the pass before made, so that what did not change is not made again and keeps its identity.
 * It changes nothing about the result: everything that a part depends on is compared first.
 */
export class Memory {
  readonly #servers = new Map<string, Remembered>()
  readonly #resolved = new Map<
    string,
    { readonly inputs: readonly unknown[]; readonly resolved: Resolved }
  >()
  #settings:
    | { readonly configMap: ConfigMap | undefined; readonly read: ReturnType<typeof settingsOf> }
    | undefined
  #shared = ''
  #pooled = new WeakMap<Upstream, Upstream>()

  settings(configMap: ConfigMap | undefined): ReturnType<typeof settingsOf> {
    if (this.#settings?.configMap !== configMap || this.#settings === undefined)
      this.#settings = { configMap, read: settingsOf(configMap) }
    return this.#settings.read
  }

  /** The server of `host`, made by `make` only if one of `inputs` is another object or value than before. */
  server(
    host: string,
    inputs: readonly unknown[],
    report: (diagnostic: Diagnostic) => void,
    make: (report: (diagnostic: Diagnostic) => void) => Server,
  ): Server {
    let remembered = this.#servers.get(host)
    if (remembered === undefined || !isSame(remembered.inputs, inputs)) {
      const diagnostics: Diagnostic[] = []
      const server = make((diagnostic) => diagnostics.push(diagnostic))
      remembered = { inputs, server, diagnostics }
      this.#servers.set(host, remembered)
    }
    for (const diagnostic of remembered.diagnostics) report(diagnostic)
    return remembered.server
  }

  /** What a reference to a Service leads to, found by `find` only if one of `inputs` is another object than before. */
  resolved(reference: string, inputs: readonly unknown[], find: () => Resolved): Resolved {
    const remembered = this.#resolved.get(reference)
    if (remembered !== undefined && isSame(remembered.inputs, inputs)) return remembered.resolved
    const resolved = withOldIdentity(find(), remembered?.resolved)
    this.#resolved.set(reference, { inputs, resolved })
    return resolved
  }

  /** Forgets what neither `hosts` nor `references` name. */
  keepOnly(hosts: ReadonlySet<string>, references: ReadonlySet<string>): void {
    for (const host of this.#servers.keys()) if (!hosts.has(host)) this.#servers.delete(host)
    for (const reference of this.#resolved.keys())
      if (!references.has(reference)) this.#resolved.delete(reference)
  }

  /** `upstream` with the directives that all of them share. */
  pooled(
    upstream: Upstream,
    pool: readonly Directive[],
    zone: readonly Directive[] = [],
  ): Upstream {
    const shared = JSON.stringify([zone, pool])
    if (shared !== this.#shared) {
      this.#shared = shared
      this.#pooled = new WeakMap()
    }
    let pooled = this.#pooled.get(upstream)
    if (pooled === undefined) {
      const own = upstream.directives
      // a name that nginx resolves elsewhere has its own
      const zones = own.some(({ name }) => name === 'zone') ? [] : zone
      pooled = { ...upstream, directives: [...zones, ...own, ...pool] }
      this.#pooled.set(upstream, pooled)
    }
    return pooled
  }
}

interface Remembered {
  readonly inputs: readonly unknown[]
  readonly server: Server
  readonly diagnostics: readonly Diagnostic[]
}

/** `now`, or `before` if it says the same. */
function withOldIdentity(now: Resolved, before: Resolved | undefined): Resolved {
  return before !== undefined && JSON.stringify(now) === JSON.stringify(before) ? before : now
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}
