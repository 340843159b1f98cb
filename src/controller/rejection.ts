import type { Diagnostic, ObjectRef } from '../diagnostics.ts'
import type { Outcome } from '../nginx/publish.ts'

/** What a user reads about a bundle that nginx refused. */
export function rejection(outcome: Extract<Outcome, { readonly kind: 'rejected' }>): Diagnostic {
  const { place, stderr } = outcome
  const at = place === undefined ? '' : ` (line ${place.line}: ${place.text.trim()})`
  return {
    code: 'configuration-rejected',
    severity: 'error',
    object: objectRef(place?.object),
    problem: `nginx refuses the configuration: ${firstLine(stderr)}${at}`,
    instead: 'the last good configuration keeps serving',
  }
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? ''

/** Of an origin comment, `Ingress shop/web`; what Sluice adds by itself is no object. */
function objectRef(text: string | undefined): ObjectRef {
  const [, kind, namespace = '', name = ''] =
    /^(Ingress|Service|Secret|ConfigMap) (?:([\w.-]+)\/)?([\w.-]+)/.exec(text ?? '') ?? []
  return kind === undefined
    ? { kind: 'Configuration', namespace: '', name: 'nginx.conf' }
    : { kind, namespace, name }
}
