import { createHash } from 'node:crypto'
import type { Policy } from '../../annotations/policy.ts'
import type { Cidr } from '../../annotations/values.ts'
import { block, directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { literal, nginx, word } from '../../model/token.ts'
import type { Word } from '../../model/token.ts'
import type { Annotated } from '../ingresses/annotate.ts'
import { believesBoth, clientAddress, networkMap } from '../http/client-address.ts'
import type { Context } from '../context.ts'

type Allowed = readonly Cidr[] | 'nobody'

const allowedBy = (policy: Partial<Policy>, { settings }: Context): Allowed =>
  policy.allowed ?? settings['whitelist-source-range']

/** Who may enter. */
export function accessOf(policy: Partial<Policy>, context: Context): readonly Directive[] {
  const allowed = allowedBy(policy, context)
  if (allowed === 'nobody') return [directive('deny', nginx`all`)]
  if (allowed.length === 0) return []
  // `allow` looks at $remote_addr
  if (believesBoth(context.settings))
    return [
      block(
        'if',
        [nginx`($${listName(allowed)}`, nginx`=`, literal(''), nginx`)`],
        [directive('return', nginx`403`)],
      ),
    ]
  return [...allowed.map((network) => directive('allow', network)), directive('deny', nginx`all`)]
}

/** What `accessOf` refers to, for the http context. */
export function accessMaps(
  annotated: readonly Annotated[],
  context: Context,
): readonly Directive[] {
  const { settings } = context
  if (!believesBoth(settings)) return []
  const lists = new Map<Word, readonly Cidr[]>()
  for (const policy of [{}, ...annotated.map((one) => one.policy)]) {
    const allowed = allowedBy(policy, context)
    if (allowed !== 'nobody' && allowed.length > 0) lists.set(listName(allowed), allowed)
  }
  return [...lists]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, list]) => networkMap(clientAddress(settings), nginx`$${name}`, list))
}

const listName = (allowed: readonly Cidr[]): Word =>
  word(`allowed_${createHash('sha256').update(allowed.join(' ')).digest('hex').slice(0, 16)}`)
