// The maps that escape a URI, looked up as nginx does it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { escapedUriMaps } from '../../src/annotations/escaped-uri.ts'
import type { Directive } from '../../src/model/directive.ts'

/** What `token` says, with its variables put in. */
const expanded = (token: string, variables: ReadonlyMap<string, string>): string =>
  token
    .replace(/^"(.*)"$/s, '$1')
    .replaceAll(/\$(\w+)/g, (_, name: string) => variables.get(name) ?? '')

interface Entry {
  readonly pattern: RegExp | undefined
  readonly value: string
}

const maps = [...escapedUriMaps].map(([result, { args, block = [] }]) => ({
  result,
  from: args[0] ?? '',
  entries: block.map(({ args }: Directive): Entry => {
    const [key = '', value = ''] = args.map(String)
    const found = key.startsWith('"~') ? key.slice(2, -1).replaceAll('\\\\', '\\') : undefined
    return { pattern: found === undefined ? undefined : new RegExp(found, 's'), value }
  }),
}))

function escape(uri: string): string {
  const variables = new Map([['request_uri', uri]])
  for (const { result, from, entries } of maps) {
    const text = expanded(from, variables)
    const standard = entries.find(({ pattern }) => pattern === undefined)
    let value = standard === undefined ? '' : expanded(standard.value, variables)
    for (const { pattern, value: template } of entries) {
      const match = pattern?.exec(text)
      if (match === null || match === undefined) continue
      for (const [name, part] of Object.entries(match.groups ?? {})) variables.set(name, part)
      value = expanded(template, variables)
      break
    }
    variables.set(result, value)
  }
  return variables.get('escaped_request_uri') ?? ''
}

const all = (uri: string): string => uri.replaceAll(/[%&+#;/?=:]/g, encodeURIComponent)
const cut = /^(?:[^%&+#;/?=:]|%(?:25|26|2B|23|3B|2F|3F|3D|3A)|[/?=:])*$/

const uris = fc
  .array(
    fc.oneof(
      fc.constantFrom('%', '&', '+', '#', ';', '/', '?', '=', ':'),
      fc.constantFrom('a', 'b=c', '%D0%B0', '@,!$()*[]~-_.|', 'ä', '"', '\\', "'"),
      fc.constantFrom('&', '%', '+').chain((one) => fc.nat(60).map((count) => one.repeat(count))),
    ),
    { maxLength: 60 },
  )
  .map((parts) => `/${parts.join('')}`)

const count = (uri: string, character: string): number => uri.split(character).length - 1

test('a URI is escaped, or cut before the first character that is one too many', () => {
  fc.assert(
    fc.property(uris, (uri) => {
      const found = escape(uri)
      const whole = all(uri)
      const isLong =
        count(uri, '%') > 125 || ['&', '+', '#', ';'].some((each) => count(uri, each) > 35)
      const isHarmless = ['/', '?', '=', ':'].every((each) => count(uri, each) <= 35)
      // nothing in it ends the value
      assert.match(found, cut)
      if (!isLong) assert.equal(all(decodeURIComponent(found)), whole)
      if (!isLong && isHarmless) assert.equal(found, whole)
      if (isLong) assert.ok(uri.startsWith(decodeURIComponent(found)))
    }),
    { numRuns: 500 },
  )
})

test('as many are escaped as the documentation says, and not one more', () => {
  for (const [character, most] of [
    ['%', 125],
    ['&', 35],
    ['+', 35],
    ['#', 35],
    [';', 35],
  ] as const) {
    const uri = `/${`x${character}`.repeat(most)}y`
    assert.equal(escape(uri), all(uri))
    const longer = `/${`x${character}`.repeat(most + 1)}y`
    assert.equal(escape(longer), all(`/${`x${character}`.repeat(most)}x`))
  }
})
