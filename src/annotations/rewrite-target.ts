import { template } from '../model/token.ts'
import type { Token } from '../model/token.ts'
import type { Value } from './values.ts'

export interface RewriteTarget {
  /** As the user wrote it, to compare it with a path. */
  readonly text: string
  /** The client is redirected there; else the endpoint sees it. */
  readonly isUrl: boolean
  /** What nginx is told. A path begins with a slash; one that begins with a group gets none where the group brings it. */
  readonly tokenFor: (bringsSlash: (group: number) => boolean) => Token
}

const isGroup = (variable: string): boolean => /^[1-9]/.test(variable)
const holdsGroupsOnly = /^(?:[^$]|\$[1-9](?![0-9]))*$/
const path = /^[-A-Za-z0-9._~/:$]{1,500}$/
/** nginx takes what begins so for a URL, and redirects. */
const url = /^https?:\/\/[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:\/[-A-Za-z0-9._~/:$]{0,500})?$/

/** ingress-nginx: parser.go, regexPathWithCapture. `$1` … `$9` stand for the groups of the path. */
export const rewriteTarget: Value<RewriteTarget> = {
  expected: 'a path or a URL that may hold $1 to $9, such as "/$2"',
  parse: (text) => {
    if (!holdsGroupsOnly.test(text)) return undefined
    if (/^[A-Za-z][-+.A-Za-z0-9]*:\/\//.test(text))
      return url.test(text)
        ? { text, isUrl: true, tokenFor: () => template(text, isGroup) }
        : undefined
    if (!path.test(text)) return undefined
    const rooted = text.startsWith('/') ? text : `/${text}`
    const [, group] = /^\$([1-9])/.exec(text) ?? []
    return {
      text: group === undefined ? rooted : text,
      isUrl: false,
      tokenFor: (bringsSlash) => {
        const isRooted = group !== undefined && bringsSlash(Number(group))
        return template(isRooted ? text : rooted, isGroup)
      },
    }
  },
}
