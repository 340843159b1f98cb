// The regular expressions that a path may be: all of them compile in nginx, and none takes exponential time.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { pattern } from '../src/model/token.ts'
import { program } from '../src/nginx/program.ts'
import { escaped, regexDefect } from '../src/model/path-regex.ts'
import { nginxes } from './support/nginx.ts'

const accepted = [
  '/',
  '/api(/|$)(.*)',
  '/api/(?:v1|v2)/(.*)',
  '/[a-zA-Z0-9-_]+/x',
  '/item/[0-9]{1,5}(/.*)?',
  '/\\w+-\\d+\\.html$',
  '/((?!(admin|login)).)*$',
  '/(.*)/(.*)',
  '/(foo|bar)+',
  '/[]a]/[^]]/[[]',
  '/a{3}b{2,}c{0,4}?d+?',
  '/ä/\u{1f600}',
  '/([a-z]{2}/){3}',
  '/[\\w.-]+/[.\\-]',
  '/[a-]',
]

const refused: Readonly<Record<string, string>> = {
  '/(a': 'misses a ")"',
  '/a)': 'has a ")" too many at character 3',
  '/[a': 'misses a "]" for the "[" at character 2',
  '/a**': 'has a "*" after a quantifier at character 4',
  '/*+': 'has a "+" after a quantifier at character 3',
  '/(*x)': 'uses "(*", which is not supported',
  '/(?<n>a)': 'uses "(?<", which is not supported',
  '/(?#a)': 'uses "(?#", which is not supported',
  '/(?i)a': 'uses "(?i", which is not supported',
  '/(a)\\1': 'uses "\\1", which is not supported',
  '/\\Qa': 'uses "\\Q", which is not supported',
  '/[[:alpha:]]': 'uses a named character class, which is not supported',
  '/[\\B]': 'uses "[\\B]", which is not supported',
  '/[\\d-z]': 'has a range with a class such as "\\d" at one end',
  '/[a-\\d]': 'has a range with a class such as "\\d" at one end',
  '/[z-a]': 'has a range that is out of order: "z-a"',
  '/[\\~-a]': 'has a range that is out of order: "~-a"',
  '/a{2,1}': 'has a count that is out of order: "{2,1}"',
  '/a{1001}': 'counts above 1000',
  '/$*': 'repeats an anchor at character 2',
  '/\\b+': 'repeats an anchor at character 2',
  '/a{,3}': 'has a "{" with nothing before it at character 3',
  '/\\': 'ends in a backslash',
  '/(ab){1000}': 'repeats too much in all',
  '/(a+)+': 'repeats a group that can match the same text in several ways',
  '/(a|a)*': 'repeats a group that can match the same text in several ways',
  '/(a|ab)*': 'repeats a group that can match the same text in several ways',
  '/(a?a?)*': 'repeats a group that can match the same text in several ways',
  '/(a{1,2}){50}': 'repeats a group that can match the same text in several ways',
  '/(.|a)*': 'repeats a group that can match the same text in several ways',
  '/((a|b|ab)c?)+': 'repeats a group that can match the same text in several ways',
}

void test('accepts what paths are made of', () => {
  for (const text of accepted) assert.equal(regexDefect(text), undefined, text)
})

void test('refuses everything else with the reason', () => {
  for (const [text, reason] of Object.entries(refused))
    assert.equal(regexDefect(text), reason, text)
  assert.equal(regexDefect(`/${'a'.repeat(512)}`), 'is longer than 512 characters')
  assert.equal(regexDefect(`/${'('.repeat(21)}${')'.repeat(21)}`), 'nests more than 20 groups')
})

void test('escaped text matches itself and nothing else', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, other) => {
      const regex = new RegExp(`^${escaped(text)}$`)
      assert.ok(regex.test(text))
      if (other !== text) assert.equal(regex.test(other), false)
    }),
  )
})

void test('escaped text is always accepted', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
      assert.equal(regexDefect(escaped(text)), undefined)
    }),
  )
})

const pieces = [
  ...'ab.-/^$|()[]{}*+?,:=<>#&\\ "\'0_!@ä'.split(''),
  ...'(?: (?! (?= [^ {2} {1,3} {3,} *? \\d \\w \\b \\B \\. [a-z] [\\d- -\\d [] [['.split(' '),
  ...'-- && \\- \u{1f600} (a|b) {1000}'.split(' '),
]
const random = fc
  .array(fc.constantFrom(...pieces), { maxLength: 10 })
  .map((parts) => `/${parts.join('')}`)
  .filter((text) => regexDefect(text) === undefined)

for (const { version, path } of await nginxes())
  void test(`nginx ${version} compiles every accepted one`, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-regex-'))
    try {
      const texts = new Set([...accepted, ...fc.sample(random, 3000)])
      const conf = join(dir, 'nginx.conf')
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((each) => `${each}_temp_path ${dir}/${each};`)
        .join(' ')
      const locations = [...texts].map(
        (text) =>
          `location ~* ${pattern(`^${text}`)} { rewrite ${pattern(`(?i)${text}`)} /$1 break; }`,
      )
      await writeFile(
        conf,
        `pid ${dir}/pid; events {} http { access_log off; ${temporary} server {\n${locations.join('\n')}\n} }`,
      )
      assert.ok(texts.size > 500)
      assert.deepEqual(await program(path).test(conf), { ok: true, stderr: '' })
    } finally {
      await rm(dir, { recursive: true })
    }
  })
