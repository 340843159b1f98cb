import ipaddr from 'ipaddr.js'
import { literal, nginx, number, seconds, template, word } from '../model/token.ts'
import type { Token, Word } from '../model/token.ts'
import { dns1123Label, dns1123Subdomain } from '../objects/meta.ts'
import { locationVariables } from './contribution.ts'
import type { LocationVariable } from './contribution.ts'
import { anyOf, isOfFamily, isOneOf, replaced, variablesIn, withoutBraces } from './variables.ts'

/**
 * The grammar of a value that a user writes in an annotation or in the ConfigMap. `parse` prints what
 * it understood; undefined says that the text is not such a value. White space around a value has been
 * cut off before.
 */
export interface Value<T> {
  /** Completes "expected …", with an example. */
  readonly expected: string
  readonly parse: (text: string) => T | undefined
}

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }
const largestBytes = 2 ** 50

function bytes(
  text: string,
  suffixes: string,
  least: number,
  most = largestBytes,
): Word | undefined {
  const found = new RegExp(`^([0-9]{1,15})([${suffixes}]?)$`, 'i').exec(text)
  if (found === null) return undefined
  const [, digits = '', suffix = ''] = found
  const unit = suffix.toLowerCase()
  const total = Number(digits) * (units[unit] ?? 1)
  return total < least || total > most ? undefined : word(`${Number(digits)}${unit}`)
}

/** nginx's *size*: bytes, or a number with k or m. For buffers, of which each request has some. */
export const size: Value<Word> = {
  expected: 'a size from 1k to 64m, such as "8k" or "1m"',
  parse: (text) => bytes(text, 'km', 2 ** 10, 2 ** 26),
}

/** nginx's *offset*: as a size, and with g; 0 is a value of its own. */
export const offset: Value<Word> = {
  expected: 'a size such as "8m" or "1g", or "0"',
  parse: (text) => bytes(text, 'kmg', 0),
}

/** Whole seconds without a unit, as ingress-nginx has them. Negative ones make nginx refuse everything. */
export const wholeSeconds: Value<Word> = {
  expected: 'whole seconds without a unit, such as "60"',
  parse: (text) => {
    const value = wholeNumberOf(text, 0, 2_147_483)
    return value === undefined ? undefined : seconds(value)
  },
}

function wholeNumberOf(text: string, least: number, most: number): number | undefined {
  if (!/^\+?[0-9]{1,15}$/.test(text)) return undefined
  const value = Number(text)
  return value < least || value > most ? undefined : value
}

export const wholeNumber = (least: number, most: number): Value<number> => ({
  expected: `a whole number from ${least} to ${most}`,
  parse: (text) => wholeNumberOf(text, least, most),
})

const durationUnits = ['ms', 's', 'm', 'h', 'd'] as const

/** nginx's *time* with a unit: `240s`, `1h`, `1h30m`. */
export const duration: Value<Word> = {
  expected: 'a time such as "240s" or "1h"',
  parse: (text) => {
    const parts = [...text.matchAll(/([0-9]{1,7})(ms|[smhd])/g)]
    if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined
    const order = parts.map(([, , unit]) => durationUnits.findIndex((known) => known === unit))
    const descends = order.every((place, i) => i === 0 || place < (order[i - 1] ?? -1))
    return descends
      ? word(parts.map(([, amount, unit]) => `${Number(amount)}${unit}`).join(''))
      : undefined
  },
}

const truths = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])
const falsehoods = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False'])

/** The boolean literals of Go's strconv.ParseBool, which ingress-nginx reads. */
export const boolean: Value<boolean> = {
  expected: '"true" or "false"',
  parse: (text) => (truths.has(text) ? true : falsehoods.has(text) ? false : undefined),
}

export const onOff: Value<Word> = {
  expected: '"on" or "off"',
  parse: (text) => (text === 'on' ? nginx`on` : text === 'off' ? nginx`off` : undefined),
}

/** One of `choices`; `fold` compares without regard to case. */
export const oneOf = <const C extends string>(
  choices: readonly C[],
  { fold = false } = {},
): Value<C> => ({
  expected: `one of ${choices.join(', ')}`,
  parse: (text) =>
    choices.find(
      (choice) => choice === text || (fold && choice.toLowerCase() === text.toLowerCase()),
    ),
})

/** An IPv4 or IPv6 network, printed without host bits. */
export type Cidr = Word

function cidrOf(text: string): Cidr | undefined {
  const [address = '', prefix, ...more] = text.split('/')
  if (
    more.length > 0 ||
    !ipaddr.isValid(address) ||
    // not the short, octal and hexadecimal forms of IPv4, which are never meant
    (!address.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(address))
  )
    return undefined
  if (address.includes('%')) return undefined
  const parsed = ipaddr.parse(address)
  const bits = parsed.kind() === 'ipv4' ? 32 : 128
  const length = prefix === undefined ? bits : /^[0-9]{1,3}$/.test(prefix) ? Number(prefix) : -1
  if (length < 0 || length > bits) return undefined
  const network =
    parsed.kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${length}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${address}/${length}`)
  return word(length === bits ? network.toString() : `${network.toString()}/${length}`)
}

/** What stands between the commas of a list, without white space around it and without what is empty. */
export const itemsOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

/** Comma-separated addresses and networks; sorted, without repetition. At least one. */
export const cidrs: Value<readonly Cidr[]> = {
  expected: 'comma-separated IP addresses or networks, such as "10.0.0.0/8,192.0.2.7"',
  parse: (text) => {
    const networks = itemsOf(text).map(cidrOf)
    if (networks.length === 0) return undefined
    const valid = networks.filter((network) => network !== undefined)
    return valid.length === networks.length ? [...new Set(valid)].sort() : undefined
  },
}

/** Text in which nginx expands variables. */
export interface Template {
  readonly token: Token
  /** Those that the location must set. */
  readonly variables: readonly LocationVariable[]
}

const isLocationVariable = (text: string): text is LocationVariable =>
  locationVariables.some((name) => name === text)

/** Of the request, and still encoded as the client sent them: none can hold the end of a line. */
const isOfRequest = anyOf(isOneOf('host server_name'), isOfFamily('http', 'arg', 'cookie'))

/** A host name with an optional port, as a Host header has it. */
export const hostHeader: Value<Template> = {
  expected:
    'a host name such as "web.example.com", with an optional port and variables such as "$host"',
  parse: (text) => {
    const found = variablesIn(text)
    if (!found.every((name) => isLocationVariable(name) || isOfRequest(name))) return undefined
    const plain = replaced(text, () => 'x')
    return /^(?=.{1,255}$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?(?::[0-9x]{1,5})?$/.test(
      plain,
    )
      ? {
          token: template(withoutBraces(text), () => true),
          variables: locationVariables.filter((name) => found.includes(name)),
        }
      : undefined
  },
}

/** The name of a request header. */
export const headerName: Value<Word> = {
  expected: 'a header name such as "X-Forwarded-For"',
  parse: (text) => (/^[A-Za-z][A-Za-z0-9-]{0,99}$/.test(text) ? word(text) : undefined),
}

/** Several values separated by white space, each in the grammar of `item`. */
export const spaced = <T>(item: Value<T>): Value<readonly T[]> => ({
  expected: `space-separated: ${item.expected}`,
  parse: (text) => {
    const items = text.split(/\s+/).map(item.parse)
    const valid = items.filter((value) => value !== undefined)
    return valid.length === items.length ? [...new Set(valid)] : undefined
  },
})

/** A whole number as a Token. */
export const numberToken = (least: number, most: number): Value<Word> => {
  const value = wholeNumber(least, most)
  return {
    expected: value.expected,
    parse: (text) => {
      const parsed = value.parse(text)
      return parsed === undefined ? undefined : number(parsed)
    },
  }
}

/** A path without variables. */
export const pathText: Value<string> = {
  expected: 'a path such as "/app"',
  parse: (text) => (/^\/[-A-Za-z0-9._~/:]{0,500}$/.test(text) ? text : undefined),
}

/** An absolute URL without variables. */
export const absoluteUrl: Value<Token> = {
  expected: 'a URL such as "https://www.example.org/shop"',
  parse: (text) =>
    /^https?:\/\/[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:[/?][-A-Za-z0-9._~/:,?&=]{0,1000})?$/.test(
      text,
    )
      ? literal(text)
      : undefined,
}

const isHashed = anyOf(
  isOneOf(
    'args binary_remote_addr document_uri host http_host query_string remote_addr remote_port ' +
      'remote_user request_id request_method request_uri scheme server_name server_port ' +
      'ssl_client_s_dn ssl_session_id uri',
  ),
  isOfFamily('http', 'arg', 'cookie'),
)

/** What requests are told apart by: text with at least one variable of the request. */
export const hashKey: Value<Token> = {
  expected: 'variables of the request, such as "$request_uri"',
  parse: (text) => {
    const found = variablesIn(text)
    const rest = replaced(text, () => '')
    return found.length > 0 && found.every(isHashed) && /^[-A-Za-z0-9_:./]{0,200}$/.test(rest)
      ? template(withoutBraces(text), () => true)
      : undefined
  },
}

/** A value that is compared with a header. */
export const canaryText: Value<string> = {
  expected: 'letters, digits and - . _ ~ / :',
  parse: (text) => (/^[-A-Za-z0-9._~/:]{1,200}$/.test(text) ? text : undefined),
}

export const cookieName: Value<string> = {
  expected: 'the name of a cookie, of letters, digits and - . _',
  parse: (text) => (/^[-A-Za-z0-9._]{1,100}$/.test(text) ? text : undefined),
}

/** An object that an annotation refers to. */
export interface ObjectName {
  /** Undefined for that of the Ingress. */
  readonly namespace?: string
  readonly name: string
}

export const objectName: Value<ObjectName> = {
  expected: 'the name of an object such as "users", or "shop/users" with its namespace',
  parse: (text) => {
    const [name = '', namespace, ...more] = text.split('/').toReversed()
    if (more.length > 0 || !dns1123Subdomain.test(name)) return undefined
    if (namespace === undefined) return { name }
    return dns1123Label.test(namespace) ? { namespace, name } : undefined
  },
}

/** Comma-separated beginnings of paths; none for an empty text. */
export const paths: Value<readonly string[]> = {
  expected: 'comma-separated paths such as "/.well-known/acme-challenge"',
  parse: (text) => {
    const items = itemsOf(text)
    return items.every((path) => path.startsWith('/')) ? items : undefined
  },
}
