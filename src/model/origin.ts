/** The object, and the field of it, that something in the configuration came from. */
export interface Origin {
  readonly kind: 'Ingress' | 'Service' | 'Secret' | 'ConfigMap' | 'URL' | 'Sluice'
  /** Empty for what Sluice adds by itself, and for a URL, whose name is its host. */
  readonly namespace: string
  readonly name: string
  readonly field?: string
}

/** One for what several fields of an object caused together: all of them stand behind it. */
export function jointOrigin(origins: readonly (Origin | undefined)[]): Origin | undefined {
  const given = origins.filter((one) => one !== undefined)
  const [first] = given
  return first && { ...first, field: given.flatMap(({ field }) => field ?? []).join(', ') }
}

/** `Ingress shop/web`: kinds and names are validated, so this may stand in a comment. */
export function originText({ kind, namespace, name }: Origin): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`
}
