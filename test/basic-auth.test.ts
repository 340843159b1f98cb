// Users of a Secret: which lines nginx gets, and that they follow the Secret.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { htpasswdOf, linesOf } from '../src/annotations/htpasswd.ts'
import { kindOfHash } from '../src/annotations/password-hash.ts'
import { secretPath } from '../src/model/config.ts'
import { SecretText } from '../src/objects/secret-text.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { translator } from '../src/translate/translate.ts'
import { ingress, users, withBasics } from './support/snapshots.ts'
import { optionsOf, translatedBy } from './support/translated.ts'

void test('hashes are told apart by what nginx can do with them', () => {
  const bcrypt = 'abcdefghijklmnopqrstuuKcS.CYWVYVaLiiCKrrc0A5s3mGesJ9O'
  const sha512 = 'x'.repeat(86)
  const kinds = {
    usable: [`$2y$12$${bcrypt}`, `$2a$04$${bcrypt}`, `$6$rounds=656000$salt$${sha512}`],
    slow: [
      `$2y$13$${bcrypt}`,
      `$6$rounds=999999999$salt$${sha512}`,
      `$y$jFT$salt$${'x'.repeat(43)}`,
    ],
    unknown: [
      ['', 'secret', '{PLAIN}', '{SHA}', '{SHA}AAAA', '{sha}CEo1Ae3vaEXy8eQZjsOiuBz1xrw='],
      ['{SSHA}CEo1Ae3vaEXy8eQZjsOiuBz1xrw=', '{SHA}CEo1Ae3vaEXy8eQZjsOiuBz1xrw', '$apr1$salt$x'],
      [`$2y$12$${bcrypt}x`, `$6$rounds=10$salt$${sha512}`, '!', '*', '$1$$', '0123456789ab\n'],
    ].flat(),
  }
  for (const [kind, hashes] of Object.entries(kinds))
    for (const hash of hashes) assert.equal(kindOfHash(hash), kind, hash)
})

void test('a file is read as nginx reads it', () => {
  const file =
    '# a:{PLAIN}x\r\na:{PLAIN}x\r\n\nb:{PLAIN}y:more\rb:{PLAIN}z\n:{PLAIN}x\nc:\n\0d:{PLAIN}x'
  assert.deepEqual(htpasswdOf(linesOf(file)), {
    text: 'a:{PLAIN}x\nb:{PLAIN}y\n',
    unknown: [6, 7, 8],
    slow: [],
  })
})

void test('a locked user stays locked, whatever stands below', () => {
  assert.equal(htpasswdOf(linesOf('a:!\na:{PLAIN}x')).text, '')
})

void test('the file follows the Secret, and stays while that does', () => {
  const translate = translator(optionsOf())
  const asking = ['a', 'b'].map((name) =>
    ingress({
      name,
      host: `${name}.example.com`,
      annotations: { 'auth-type': 'basic', 'auth-secret': 'users' },
    }),
  )
  const basics = withBasics(...asking)
  const filesOf = (objects: typeof basics) => {
    const { config, text } = translatedBy(translate, snapshotOf(objects))
    for (const file of config.files) assert.ok(text.includes(secretPath(file)))
    return config.files.map((file) => [secretPath(file), file.text()] as const)
  }
  const changed = {
    ...users,
    data: new Map([['auth', new SecretText('ann:{PLAIN}x')]]),
  }
  const without = basics.filter((object) => object !== users)

  const first = filesOf(basics)
  assert.equal(first.length, 1)
  assert.deepEqual(filesOf([...basics]), first)
  const [[path, text] = []] = filesOf([...without, changed])
  assert.notEqual(path, first[0]?.[0])
  assert.equal(text, 'ann:{PLAIN}x\n')
  assert.deepEqual(filesOf(without), [])
  assert.deepEqual(filesOf(basics), first)
})
