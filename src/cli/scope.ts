import type { Scope } from '../cluster/feeds.ts'
import type { Options } from '../options/flags.ts'

type Naming = Pick<
  Options,
  | 'watch-namespace'
  | 'watch-namespace-selector'
  | 'configmap'
  | 'default-ssl-certificate'
  | 'default-backend-service'
>

/** Which objects count, as the flags say. */
export function scopeOf(options: Naming): Scope {
  return {
    watchNamespace: options['watch-namespace'],
    watchNamespaceSelector: options['watch-namespace-selector'],
    pinned: {
      ConfigMap: given(options.configmap),
      Secret: given(options['default-ssl-certificate']),
      Service: given(options['default-backend-service']),
    },
  }
}

const given = (key: string | undefined): readonly string[] => (key === undefined ? [] : [key])
