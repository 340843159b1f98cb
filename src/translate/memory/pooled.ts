import type { Upstream } from '../../model/config.ts'
import type { Directive } from '../../model/directive.ts'
import { Kept } from './kept.ts'

/**
 * Upstreams with the directives that all of them share. The same upstream gives the same object, so that
 * what did not change is not printed again.
 */
export class Pooled {
  readonly #pool = new Kept<Pool>()

  of(
    upstreams: readonly Upstream[],
    pool: readonly Directive[],
    zone: readonly Directive[],
  ): readonly Upstream[] {
    const { shared, known } = this.#pool.of([JSON.stringify([zone, pool])], () => ({
      shared: [...zone, ...pool],
      known: new WeakMap<Upstream, Upstream>(),
    }))
    return upstreams.map((upstream) => {
      let pooled = known.get(upstream)
      if (pooled === undefined) {
        const own = upstream.directives
        // a name that nginx resolves elsewhere has its own
        const zones = own.some(({ name }) => name === 'zone') ? [] : zone
        const directives = own.length === 0 ? shared : [...zones, ...own, ...pool]
        pooled = { ...upstream, directives }
        known.set(upstream, pooled)
      }
      return pooled
    })
  }
}

/** What `directives` are shared by upstreams that have none of their own, and what all became. */
interface Pool {
  readonly shared: readonly Directive[]
  readonly known: WeakMap<Upstream, Upstream>
}
