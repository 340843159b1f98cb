import type { Diagnostic, ObjectRef } from '../diagnostics.ts'
import { complaintOf } from '../nginx/place.ts'
import type { Rejected } from './refused-keys.ts'

/** What a user reads about a bundle that nginx refused. */
export function rejection({ place, stderr }: Rejected): Diagnostic {
  const at = place === undefined ? '' : ` (line ${place.line}: ${place.text})`
  const object = objectRef(place?.object)
  const field = object.kind === 'Configuration' ? undefined : place?.field
  return {
    code: 'configuration-rejected',
    severity: 'error',
    object,
    ...(field === undefined ? {} : { field }),
    problem: `nginx refuses the configuration: ${complaintOf(stderr)}${at}`,
    instead: 'the last good configuration keeps serving',
  }
}

/** Of an origin comment, `Ingress shop/web`; what Sluice adds by itself is no object. */
function objectRef(text: string | undefined): ObjectRef {
  const [, kind, namespace = '', name = ''] =
    /^(Ingress|Service|Secret|ConfigMap) (?:([\w.-]+)\/)?([\w.-]+)/.exec(text ?? '') ?? []
  return kind === undefined
    ? { kind: 'Configuration', namespace: '', name: 'nginx.conf' }
    : { kind, namespace, name }
}
