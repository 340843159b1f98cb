import { hash as digestOf } from 'node:crypto'
import { secretPath } from '../model/config.ts'
import type { SecretFile } from '../model/config.ts'
import { directive } from '../model/directive.ts'
import { literal, nginx } from '../model/token.ts'
import type { Secret } from '../objects/kinds.ts'
import { keyOf } from '../objects/meta.ts'
import type { Contribution } from './contribution.ts'
import { feature, field } from './feature.ts'
import { htpasswdOf, linesOf } from './htpasswd.ts'
import type { Htpasswd } from './htpasswd.ts'
import { reportUnused } from './unused.ts'
import { objectName, oneOf } from './values.ts'

const kinds = ['auth-file', 'auth-map'] as const
type Kind = (typeof kinds)[number]

const withSecret = { 'auth-type': 'basic', 'auth-secret': 'users' }

export const basicAuth = feature(
  'basic-auth',
  {
    'auth-type': field({
      summary:
        'Asks for a name and a password (HTTP Basic), which `auth-secret` knows; else 401. The endpoints do not see the Authorization header.',
      value: oneOf(['basic']),
      unserved: ['digest'],
      accepts: ['basic'],
      rejects: ['Basic', 'basic;', 'bearer', ''],
      onInvalid: 'deny',
      beside: { 'auth-secret': 'users' },
    }),

    'auth-secret': field({
      summary:
        'Secret in the namespace of the Ingress with the users, and hashes of their passwords: `htpasswd` (apr1, bcrypt, SHA), `mkpasswd` (SHA-256, SHA-512, yescrypt). A bcrypt hash above cost 12 lets nobody in, because it would stop nginx for half a second.',
      value: objectName,
      accepts: ['users', 'shop/users'],
      rejects: ['a/b/c', 'users;', '/users', 'shop/', 'Users', '../users', 'a b', ''],
      onInvalid: 'deny',
      beside: { 'auth-type': 'basic' },
    }),

    'auth-secret-type': field({
      summary:
        'What is in the Secret: one key `auth` with an htpasswd file (`auth-file`, the default), or a key for each user, with the hash as its value (`auth-map`).',
      value: oneOf(kinds),
      accepts: ['auth-map', 'auth-file'],
      rejects: ['map', 'auth-file;', ''],
      onInvalid: 'deny',
      beside: withSecret,
    }),

    'auth-realm': field({
      summary: 'What a browser shows beside its question for the password.',
      value: {
        expected: 'letters, digits, spaces and "-._~/:,", such as "Members only", but not "off"',
        // nginx takes "off" for an end of the protection
        parse: (text) =>
          text !== 'off' && /^[-A-Za-z0-9._~/:, ]{1,200}$/.test(text) ? literal(text) : undefined,
      },
      accepts: ['Members only', 'shop: admin', 'Off'],
      rejects: ['off', 'a"b', 'a$b', 'a\\', 'a;b', 'a\nb', ''],
      onInvalid: 'deny',
      beside: withSecret,
    }),
  },
  (given, about): Contribution | undefined => {
    const {
      'auth-type': type,
      'auth-secret': named,
      'auth-secret-type': kind = 'auth-file',
      'auth-realm': realm = literal(''),
    } = given
    if (type === undefined)
      return reportUnused(given, 'auth-type', 'nobody is asked for a password', about)
    const { namespace, look, stateDir, exempt, from, isGiven, deny, warn } = about
    if (named === undefined)
      return isGiven('auth-secret')
        ? undefined
        : deny('auth-type', {
            code: 'annotation-invalid',
            problem: 'expected auth-secret beside it, the name of the Secret with the users',
          })
    const key = keyOf({ namespace, ...named })
    if (named.namespace !== undefined && named.namespace !== namespace)
      return deny('auth-secret', {
        code: 'annotation-invalid',
        problem: `secret ${key} is of another namespace; put a copy of it into ${namespace}`,
      })
    const secret = look.secret(key)
    if (secret === undefined)
      return deny('auth-secret', { code: 'secret-not-found', problem: `no secret ${key} exists` })
    const { htpasswd, problems } = usersOf(secret, kind)
    if (htpasswd.text === '')
      return deny('auth-secret', {
        code: 'secret-invalid',
        problem: [`secret ${key} has nobody who could log in`, ...problems].join(': '),
      })
    for (const problem of problems)
      warn('auth-secret', {
        code: 'secret-invalid',
        problem: `in secret ${key} ${problem}`,
        instead: 'nobody can log in with that',
      })
    const file = fileOf(secret, kind, htpasswd)
    return {
      files: [file],
      location: {
        access: [
          { ...directive('auth_basic', realm), origin: from('auth-type') },
          {
            ...directive('auth_basic_user_file', literal(`${stateDir}/${secretPath(file)}`)),
            origin: from('auth-secret'),
          },
        ],
      },
      requestHeaders: [
        { name: nginx`Authorization`, value: literal(''), origin: from('auth-type') },
      ],
      except: exempt,
    }
  },
)

function fileOf(secret: Secret, kind: Kind, { text }: Htpasswd): SecretFile {
  const { namespace, name } = secret
  return {
    digest: digestOf('sha256', text),
    extension: 'htpasswd',
    origin: { kind: 'Secret', namespace, name },
    // read once more, because it is hardly ever asked for
    text: () => usersOf(secret, kind).htpasswd.text,
  }
}

interface Users {
  readonly htpasswd: Htpasswd
  /** What is wrong with some of them, without what they are. */
  readonly problems: readonly string[]
}

function usersOf(secret: Secret, kind: Kind): Users {
  switch (kind) {
    case 'auth-file': {
      const file = secret.data.get('auth')?.reveal()
      const htpasswd = htpasswdOf(linesOf(file ?? ''))
      if (file === undefined)
        return {
          htpasswd,
          problems: ['it has no key "auth"; with auth-secret-type: auth-map each key is a user'],
        }
      const { unknown, slow } = htpasswd
      return { htpasswd, problems: problemsOf(lineNumbers(unknown), lineNumbers(slow)) }
    }
    case 'auth-map': {
      const keys = [...secret.data].sort(([a], [b]) => (a < b ? -1 : 1))
      const htpasswd = htpasswdOf(
        keys.map(([user, hash], i) => ({ number: i, text: `${user}:${lineOf(hash.reveal())}` })),
      )
      const { unknown, slow } = htpasswd
      return {
        htpasswd,
        problems: problemsOf(
          keyCount(unknown.length + (secret.others ?? 0)),
          keyCount(slow.length),
        ),
      }
    }
  }
}

/** Without the end of the line, which a file has that became a key. */
const lineOf = (text: string): string => text.replace(/\r?\n$/, '')

/** Which lines or keys they are; undefined for none. */
const problemsOf = (unknown: string | undefined, slow: string | undefined): readonly string[] => [
  ...(unknown === undefined ? [] : [`${unknown} no hash of a password that nginx knows`]),
  ...(slow === undefined ? [] : [`${slow} a hash that takes nginx too long to compare`]),
]

const mostNumbers = 10

function lineNumbers(numbers: readonly number[]): string | undefined {
  if (numbers.length === 0) return undefined
  const shown = numbers.slice(0, mostNumbers).join(', ')
  const more = numbers.length - mostNumbers
  return numbers.length === 1
    ? `line ${shown} holds`
    : `lines ${shown}${more > 0 ? ` and ${more} more` : ''} hold`
}

const keyCount = (count: number): string | undefined =>
  count === 0 ? undefined : count === 1 ? '1 key holds' : `${count} keys hold`
