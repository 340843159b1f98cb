import { networkMap } from '../../annotations/source-range.ts'
import type { Cidr } from '../../annotations/values.ts'
import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { nginx, number, pattern, template, word } from '../../model/token.ts'
import type { Token, Word } from '../../model/token.ts'
import { askedBy } from '../../settings/origins.ts'
import type { SettingKey } from '../../settings/table.ts'
import type { Context } from '../context.ts'
import { empty, map, otherwise } from './map.ts'

type Settings = Context['settings']

/**
 * Who the client is: the TCP peer, whom a PROXY header or X-Forwarded-For replaces if the peer is one
 * of `proxy-real-ip-cidr`. nginx's realip module knows the one or the other. Where both count, it
 * takes the PROXY header, and a chain of maps walks X-Forwarded-For from its end: `$the_real_ip`.
 */
export const clientAddress = (settings: Settings): Word =>
  believesBoth(settings) ? nginx`$the_real_ip` : nginx`$remote_addr`

export const believesBoth = (settings: Settings): boolean =>
  settings['use-proxy-protocol'] && believesHeaders(settings)

const believesHeaders = (settings: Settings): boolean =>
  settings['use-forwarded-headers'] || settings['enable-real-ip']

export const forwardedForVariable = (settings: Settings): Word =>
  word(`http_${settings['forwarded-for-header'].toLowerCase().replaceAll('-', '_')}`)

/** Directives and maps that find out the address of the client. */
export function clientAddressDirectives({ settings }: Context): readonly Directive[] {
  const full = fullForwardedFor(settings)
  if (!settings['use-proxy-protocol'] && !believesHeaders(settings)) return full
  const trusted = trustedNetworks(settings)
  const trust = askedBy(
    settings,
    ['proxy-real-ip-cidr'],
    trusted.map((network) => directive('set_real_ip_from', network)),
  )
  if (settings['use-proxy-protocol']) {
    const header = directive('real_ip_header', nginx`proxy_protocol`)
    const peer = askedBy(settings, ['use-proxy-protocol'], [header])
    const chain = believesBoth(settings) ? realAddress(settings, trusted) : []
    return [...peer, ...trust, ...chain, ...full]
  }
  const header = [
    directive('real_ip_header', settings['forwarded-for-header']),
    directive('real_ip_recursive', nginx`on`),
  ]
  return [...askedBy(settings, believing, header), ...trust, ...full]
}

const believing: readonly SettingKey[] = [
  'use-forwarded-headers',
  'enable-real-ip',
  'forwarded-for-header',
]

const everybody = [word('0.0.0.0/0'), word('::/0')]

function trustedNetworks(settings: Settings): readonly Cidr[] {
  const networks = settings['proxy-real-ip-cidr']
  return networks.includes(word('0.0.0.0/0')) ? everybody : networks
}

function fullForwardedFor(settings: Settings): readonly Directive[] {
  if (!settings['compute-full-forwarded-for']) return []
  const header = nginx`$${forwardedForVariable(settings)}`
  const peer = believesBoth(settings) ? nginx`$remote_addr` : nginx`$realip_remote_addr`
  const full = map(header, nginx`$full_x_forwarded_for`, [
    [otherwise, nginx`"${header}, ${peer}"`],
    [empty, peer],
  ])
  return askedBy(settings, ['compute-full-forwarded-for'], [full])
}

/** How many addresses of X-Forwarded-For are looked at, from its end, where not everybody is trusted. */
const depth = 4

function realAddress(settings: Settings, trusted: readonly Cidr[]): readonly Directive[] {
  const header = nginx`$${forwardedForVariable(settings)}`
  const peer = networkMap(nginx`$remote_addr`, nginx`$peer_is_trusted`, trusted)
  const found = nginx`$the_real_ip`
  if (trusted === everybody) {
    const first = pattern('~^1:\\s*(?<first_forwarded>[0-9A-Fa-f.:]+)')
    return [
      peer,
      map(nginx`$peer_is_trusted:${header}`, found, [
        [otherwise, nginx`$remote_addr`],
        [first, nginx`$first_forwarded`],
      ]),
    ]
  }

  const hops = Array.from({ length: depth }, (_, i) => i + 1)
  const key = hops.map((hop) => `$hop_${hop}_is_trusted,$hop_${hop}`).join(';')
  const answers = (name: string, trust: string): readonly (readonly [Token, Token])[] =>
    hops.map((hop) => [
      pattern(`~^1:(?:1,[^;]+;){${hop - 1}}${trust},(?<${name}_${hop}>[^;]+)`),
      nginx`$${word(`${name}_${hop}`)}`,
    ])
  return [
    peer,
    ...hops.flatMap((hop) => hopFromEnd(header, hop, trusted)),
    map(
      template(`$peer_is_trusted:${key}`, () => true),
      found,
      // the last address that is not trusted, else the first of those that are
      [
        [otherwise, nginx`$remote_addr`],
        ...answers('untrusted', ''),
        ...answers('trusted', '1').toReversed(),
      ],
    ),
  ]
}

function hopFromEnd(header: Word, hop: number, trusted: readonly Cidr[]): readonly Directive[] {
  const address = nginx`$hop_${number(hop)}`
  const after = `(?:,[^,]*){${hop - 1}}$`
  const place = pattern(`~(?:^|,)\\s*(?<forwarded_${hop}>[0-9A-Fa-f.:]+)\\s*${after}`)
  return [
    map(header, address, [
      [otherwise, empty],
      [place, nginx`$forwarded_${number(hop)}`],
    ]),
    networkMap(address, nginx`${address}_is_trusted`, trusted),
  ]
}
