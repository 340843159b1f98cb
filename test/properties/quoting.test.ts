// Any text that becomes a Token is one word to nginx, and that word is the text.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { defectOf, literal, longestToken, name, pattern, template } from '../../src/model/token.ts'
import type { Token } from '../../src/model/token.ts'
import { program } from '../../src/nginx/program.ts'
import { nginxes } from '../support/nginx.ts'
import { readConfiguration } from '../support/nginx-grammar.ts'

const specials = [
  ...'ab \t\r\n;{}#"\'\\$~=^@*/()|'.split(''),
  '${',
  'é',
  '\u{1f600}',
  '\0',
  '\u2028',
]

/** Text with everything in it that means something to nginx, or to whoever looks for that. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(...specials),
    maxLength: 40,
  }),
  fc.string({ unit: 'grapheme', minLength: 900, maxLength: 2100 }),
)

function survives(make: (text: string) => Token, text: string): void {
  let token: Token
  try {
    token = make(text)
  } catch {
    return // refused
  }
  const read = readConfiguration(`map ${token} { ${token} ${token}; }`)
  assert.deepEqual(read, [
    { words: ['map', text], block: [{ words: [text, text], block: undefined }] },
  ])
  assert.ok(Buffer.byteLength(token) <= longestToken)
}

for (const [kind, make] of Object.entries({
  literal,
  name,
  pattern,
  template: (text: string) => template(text, () => true),
}))
  void test(`${kind}: what is not refused is one word, unchanged`, () => {
    fc.assert(
      fc.property(nasty, (text) => survives(make, text)),
      { numRuns: 3000 },
    )
  })

void test('a token refuses exactly what has a defect, and a literal "$" besides', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const refuses = (make: (text: string) => Token): boolean => {
        try {
          make(text)
          return false
        } catch {
          return true
        }
      }
      const hasDefect = defectOf(text) !== undefined
      assert.equal(refuses(name), hasDefect)
      assert.equal(refuses(pattern), hasDefect)
      assert.equal(refuses(literal), hasDefect || text.includes('$'))
    }),
    { numRuns: 3000 },
  )
})

void test('a name never begins with what a location or a server takes for a modifier', () => {
  fc.assert(
    fc.property(fc.constantFrom('=', '~', '~*', '^~', '@'), nasty, (modifier, rest) => {
      if (defectOf(modifier + rest) !== undefined) return
      assert.match(name(modifier + rest), /^"/)
    }),
  )
})

void test('a template has no variable but the allowed ones', () => {
  const allowed = (variable: string): boolean => variable === 'host'
  for (const text of ['$uri', '$', '${uri}', '${host', '$ host', 'a$', '$$host', '$hosts', '$1'])
    assert.throws(() => template(text, allowed), Error, text)
  assert.equal(template('a$host-${host}b', allowed), '"a$host-${host}b"')
})

for (const { version, path } of await nginxes())
  void test(`nginx ${version} reads the same words`, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-quoting-'))
    try {
      const texts = fc
        .sample(nasty, { numRuns: 600, seed: 1 })
        .filter((text) => defectOf(text) === undefined && text !== '')
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((each) => `${each}_temp_path ${dir}/${each};`)
        .join(' ')
      // A location given twice is refused with its name, so nginx itself says what it read.
      const ask = async (text: string): Promise<string> => {
        const location = `location ${name(`/${text}`)} { }`
        const conf = join(dir, 'nginx.conf')
        await writeFile(
          conf,
          `pid ${dir}/pid; events {} http { access_log off; ${temporary} server { ${location} ${location} } }`,
        )
        const { stderr } = await program(path).test(conf)
        return /duplicate location "(.*)" in /s.exec(stderr)?.[1] ?? stderr
      }
      for (const text of texts.slice(0, 60)) assert.equal(await ask(text), `/${text}`)
      const all = texts.map((text, i) => `location ${name(`/${i}/${text}`)} { }`).join('\n')
      const conf = join(dir, 'nginx.conf')
      await writeFile(
        conf,
        `pid ${dir}/pid; events {} http { access_log off; ${temporary} server {\n${all}\n} }`,
      )
      assert.deepEqual(await program(path).test(conf), { ok: true, stderr: '' })
    } finally {
      await rm(dir, { recursive: true })
    }
  })
