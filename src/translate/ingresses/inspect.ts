import type { Ingress } from '../../objects/kinds.ts'

/** What never stands in an honest host, path or name (ingress-nginx: deep inspection). */
const suspicious: readonly RegExp[] = [
  /(?:^|[\s;{}])(?:alias|root)\s+\S/,
  /\/etc\/(?:passwd|shadow|group|nginx|ingress-controller)/,
  /\/var\/run\/secrets/,
  /_by_lua/,
]

const inspected = new WeakMap<Ingress, { readonly field: string | undefined }>()

/** The first field of `ingress` that looks like injected configuration; undefined if none does. */
export function suspiciousField(ingress: Ingress): string | undefined {
  let result = inspected.get(ingress)
  if (result === undefined) {
    result = { field: inspect(ingress) }
    inspected.set(ingress, result)
  }
  return result.field
}

function inspect(ingress: Ingress): string | undefined {
  for (const [i, { host, paths }] of ingress.rules.entries()) {
    if (isSuspicious(host)) return `spec.rules[${i}].host`
    for (const [j, { path }] of (paths ?? []).entries())
      if (isSuspicious(path)) return `spec.rules[${i}].http.paths[${j}].path`
  }
  for (const [i, { hosts, secretName }] of ingress.tls.entries()) {
    if (hosts.some(isSuspicious)) return `spec.tls[${i}].hosts`
    if (isSuspicious(secretName)) return `spec.tls[${i}].secretName`
  }
  return undefined
}

export const isSuspicious = (text: string): boolean =>
  suspicious.some((pattern) => pattern.test(text))
