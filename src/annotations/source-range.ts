import { block, directive, entry } from '../model/directive.ts'
import { shortHash } from '../model/short-hash.ts'
import { literal, nginx, word } from '../model/token.ts'
import type { Directive } from '../model/directive.ts'
import type { Word } from '../model/token.ts'
import type { Contribution } from './contribution.ts'
import { feature, sharedField } from './feature.ts'
import { cidrs } from './values.ts'
import type { Cidr, Value } from './values.ts'

type Allowed = readonly Cidr[] | 'nobody'

/** A list up to here is lines that a person reads; a longer one is a `geo`, which costs a request and nginx less. */
const longestInLines = 50

const allowed: Value<Allowed> = cidrs

export const sourceRange = feature(
  'source-range',
  {
    'allowlist-source-range': sharedField({
      summary:
        'Clients that may enter, as addresses and networks; others get 403. Replaces the list of the ConfigMap.',
      value: allowed,
      aliases: ['whitelist-source-range'],
      accepts: [
        '10.0.0.0/8,192.0.2.7',
        '2001:db8::/32',
        '10.1.2.3/8, 127.0.0.1',
        '10.0.0.1,\n10.0.0.2',
      ],
      rejects: [
        '10.0.0.0/33',
        '10.0.0',
        '10',
        'all',
        '10.0.0.0/8;',
        '300.1.1.1',
        'example.com',
        ',',
      ],
      onInvalid: 'deny',
      key: {
        value: {
          expected: cidrs.expected,
          parse: (text): Allowed | undefined => (text === '' ? [] : cidrs.parse(text)),
        },
        summary: 'Clients that may enter; others get 403. An Ingress may replace the list.',
        default: '',
        closed: { value: 'nobody', meaning: 'nobody may enter' },
        accepts: ['10.0.0.0/8'],
        rejects: ['10.0.0.0/40'],
      },
    }),
  },
  ({ 'allowlist-source-range': list }, { request, from }): Contribution | undefined => {
    const origin = from('allowlist-source-range')
    if (list === undefined || list.length === 0) return undefined
    if (list === 'nobody') return { location: { access: [{ ...denyAll, origin }] } }
    // `allow` looks at $remote_addr
    if (list.length <= longestInLines && request.client === '$remote_addr') {
      const lines = list.map((network) => directive('allow', network))
      return { location: { access: [...lines, denyAll].map((line) => ({ ...line, origin })) } }
    }
    const name = listName(list)
    const map = networkMap(request.client, nginx`$${name}`, list)
    return {
      http: new Map([[name, { ...map, because: nginx`allowlist-source-range` }]]),
      location: {
        access: [
          block(
            'if',
            [nginx`($${name}`, nginx`=`, literal(''), nginx`)`],
            [{ ...directive('return', nginx`403`), origin }],
          ),
        ],
      },
    }
  },
)

const denyAll = directive('deny', nginx`all`)

const listName = (list: readonly Cidr[]): Word => word(`allowed_${shortHash(list.join(' '))}`)

/**
 * An address in `networks` gives 1, any other nothing: nginx takes a default for 0.0.0.0/0, and warns
 * where that is in the list.
 */
export const networkMap = (address: Word, result: Word, networks: readonly Cidr[]): Directive =>
  block(
    'geo',
    [address, result],
    networks.map((network) => entry(network, nginx`1`)),
  )
