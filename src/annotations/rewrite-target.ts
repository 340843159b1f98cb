import { template } from '../model/token.ts'
import type { Token } from '../model/token.ts'
import type { Value } from './values.ts'

export interface RewriteTarget {
  /** As the user wrote it, to compare it with a path. */
  readonly text: string
  readonly token: Token
}

/** ingress-nginx: parser.go, regexPathWithCapture. `$1` … `$9` stand for the groups of the path. */
export const rewriteTarget: Value<RewriteTarget> = {
  expected: 'a path that may hold $1 to $9, such as "/$2"',
  parse: (text) => {
    if (!/^\/?[-A-Za-z0-9._~/:$]{0,500}$/.test(text) || text === '') return undefined
    const path = text.startsWith('/') ? text : `/${text}`
    if (!/^(?:[^$]|\$[1-9](?![0-9]))*$/.test(path)) return undefined
    return { text: path, token: template(path, (variable) => /^[1-9]/.test(variable)) }
  },
}
