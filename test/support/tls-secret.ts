import type { Secret } from '../../src/objects/kinds.ts'
import { SecretText } from '../../src/objects/secret-text.ts'

/** A Secret with these keys and no others. */
export const secretWith = (data: Readonly<Record<string, string>>): Secret => ({
  kind: 'Secret',
  namespace: 'shop',
  name: 'web',
  uid: '',
  created: 0,
  order: 0,
  type: 'kubernetes.io/tls',
  data: new Map(Object.entries(data).map(([key, text]) => [key, new SecretText(text)])),
})

export const tlsSecret = (crt: string, key: string): Secret =>
  secretWith({ 'tls.crt': crt, 'tls.key': key })
