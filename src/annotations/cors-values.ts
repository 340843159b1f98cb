import { preview } from '../diagnostics.ts'
import { literal, name, pattern } from '../model/token.ts'
import type { Token } from '../model/token.ts'
import { itemsOf } from './values.ts'
import type { Value } from './values.ts'

/** Origins that may read responses; `invalid` are previews of what could not be read. */
export interface CorsOrigins {
  readonly allowed: readonly AllowedOrigin[] | 'everybody'
  readonly invalid: readonly string[]
}

export interface AllowedOrigin {
  readonly text: string
  /** In a map, which compares without regard to case. */
  readonly key: Token
}

const origin =
  /^([a-z][a-z0-9+.-]{0,31}:\/\/)(\*\.)?([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(:[0-9]{1,5})?$/

/** `https://a.example`, `https://*.example.com:8443` (one label), `null` or `*`. What is none of these is left out. */
export const corsOrigins: Value<CorsOrigins> = {
  expected: 'comma-separated origins such as "https://shop.example.com", or "*"',
  parse: (text) => {
    const items = itemsOf(text)
    if (items.includes('*')) return { allowed: 'everybody', invalid: [] }
    const read = items.map((item) => ({ item, origin: originOf(item) }))
    // nginx compares keys of maps in lower case, and refuses one that is there twice
    const byKey = new Map(
      read.flatMap(({ origin }) => (origin ? [[origin.key.toLowerCase(), origin]] : [])),
    )
    const allowed = [...byKey.values()].sort((a, b) => (a.text < b.text ? -1 : 1))
    const invalid = read.flatMap(({ item, origin }) => (origin === undefined ? item : []))
    return allowed.length === 0 ? undefined : { allowed, invalid: invalid.map(preview) }
  },
}

/** A map whose longest key has more does not fit into the buckets that it has without that (http/tables.ts). */
const longestOrigin = 230

const isHost = (text: string): boolean =>
  text.split('.').every((label) => label.length >= 1 && label.length <= 63)

function originOf(text: string): AllowedOrigin | undefined {
  if (text === 'null') return { text, key: literal(text) }
  const [, scheme = '', wildcard, host = '', port = ''] = origin.exec(text) ?? []
  if (!isHost(host) || text.length > longestOrigin) return undefined
  if (wildcard === undefined) return { text, key: name(text) }
  const rest = `.${host}${port}`.replaceAll('.', '\\.')
  return host.includes('.') || port === ''
    ? { text, key: pattern(`~*^${scheme.replaceAll(/[+.]/g, '\\$&')}[A-Za-z0-9_-]+${rest}$`) }
    : undefined
}

/** As the user wrote it, in one line: letters, commas and spaces mean nothing to nginx. */
export const corsMethods: Value<Token> = {
  expected: 'comma-separated methods such as "GET, POST"',
  parse: (text) => inOneLine(text, /^[A-Za-z]+(?:[ ,]+[A-Za-z]+)*$/, 500),
}

/** As the user wrote it, in one line. */
export const corsHeaders: Value<Token> = {
  expected: 'comma-separated header names such as "X-Token, Content-Type", or "*"',
  parse: (text) => inOneLine(text, /^(?:\*|[A-Za-z0-9_-]+)(?:[ ,]+(?:\*|[A-Za-z0-9_-]+))*$/, 1500),
}

function inOneLine(text: string, list: RegExp, longest: number): Token | undefined {
  if (text.length > longest) return undefined
  const line = text.replaceAll('\n', ' ').replace(/[ ,]+$/, '')
  return list.test(line) ? literal(line) : undefined
}
