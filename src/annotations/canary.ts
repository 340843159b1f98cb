import { block, entry } from '../model/directive.ts'
import type { Directive } from '../model/directive.ts'
import { escaped, regexDefect } from '../model/path-regex.ts'
import { shortHash } from '../model/short-hash.ts'
import { literal, nginx, number, pattern, word } from '../model/token.ts'
import type { Token, Word } from '../model/token.ts'
import { feature, field } from './feature.ts'
import { boolean, canaryText, cookieName, headerName, wholeNumber } from './values.ts'

const beside = { canary: 'true', 'canary-weight': '30' }

export const canary = feature(
  'canary',
  {
    canary: field({
      summary:
        'Makes the Ingress the canary of another one of its namespace with the same host and paths: some requests go to its Services, under the annotations of the other.',
      value: boolean,
      accepts: ['true', '1'],
      rejects: ['yes', ''],
      policy: (isCanary) => ({ isCanary }),
      beside,
    }),
    'canary-weight': field({
      summary:
        'Requests out of `canary-weight-total` that go to the canary where nothing else decides.',
      value: wholeNumber(0, 1_000_000_000),
      accepts: ['20', '0', '100'],
      rejects: ['-1', '10%', '1.5', ''],
      beside: { canary: 'true' },
    }),
    'canary-weight-total': field({
      summary: 'What `canary-weight` is out of; 100 where there is none, and never less.',
      value: wholeNumber(0, 1_000_000_000),
      accepts: ['1000', '50'],
      rejects: ['-1', 'all', ''],
      beside,
    }),
    'canary-by-header': field({
      summary:
        'Header that decides first: `always` goes to the canary, `never` does not, anything else is left to the cookie and the weight.',
      value: headerName,
      accepts: ['X-Canary', 'canary'],
      rejects: ['X Canary', 'a;b', 'a:', ''],
      beside: { canary: 'true' },
    }),
    'canary-by-header-value': field({
      summary: 'Value of the header that goes to the canary, instead of `always` and `never`.',
      value: canaryText,
      accepts: ['users-2.0', 'a:b/c~d'],
      rejects: ['a b', 'a;b', '$host', ''],
      beside: { canary: 'true', 'canary-by-header': 'X-Canary' },
    }),
    'canary-by-header-pattern': field({
      summary:
        'Regular expression for values of the header that go to the canary, where there is no `canary-by-header-value`.',
      value: {
        expected: 'a regular expression such as "^(?:de|at)$"',
        parse: (text) => (regexDefect(text) === undefined ? text : undefined),
      },
      accepts: ['^(de|at)$', 'beta'],
      rejects: ['(', '(a+)+'],
      beside: { canary: 'true', 'canary-by-header': 'X-Canary' },
    }),
    'canary-by-cookie': field({
      summary:
        'Cookie that decides after the header: `always` goes to the canary, `never` does not, anything else is left to the weight.',
      value: cookieName,
      accepts: ['canary', 'my-canary.v2'],
      rejects: ['a b', 'a;b', 'a=b', ''],
      beside: { canary: 'true' },
    }),
  },
  (given) => {
    if (given.canary !== true) return undefined
    const {
      'canary-weight': weight = 0,
      'canary-weight-total': total = 100,
      'canary-by-header': header,
      'canary-by-header-value': value,
      'canary-by-header-pattern': expression,
      'canary-by-cookie': cookie,
    } = given
    const share = Math.min(10_000, Math.floor((weight * 10_000) / Math.max(100, total)))
    const chain = new Chain(JSON.stringify([share, header, value, expression, cookie]))
    chain.byWeight(share)
    if (cookie !== undefined) chain.byCookie(cookie)
    if (header !== undefined) chain.byHeader(header, value, expression)
    const { decision } = chain
    return decision === undefined ? undefined : { http: chain.maps, goesToCanary: decision }
  },
)

const annotationOf = {
  weight: nginx`canary-weight`,
  cookie: nginx`canary-by-cookie`,
  header: nginx`canary-by-header`,
} as const

/** The questions that decide, from the last to the first: each asks the one before where it does not know. */
class Chain {
  readonly maps = new Map<string, Directive>()
  /** The variable that says yes to the canary; undefined while nothing does. */
  decision: Word | undefined
  readonly #id: string

  constructor(text: string) {
    this.#id = `canary_${shortHash(text)}`
  }

  /** `share` of 10,000 requests. */
  byWeight(share: number): void {
    if (share === 0) return
    const percent = nginx`${number(Math.floor(share / 100))}.${word(String(share % 100).padStart(2, '0'))}%`
    const shares =
      share === 10_000
        ? [entry(nginx`*`, nginx`1`)]
        : [entry(percent, nginx`1`), entry(nginx`*`, literal(''))]
    this.#ask('weight', (result) => block('split_clients', [nginx`$request_id`, result], shares))
  }

  byCookie(name: string): void {
    const isVariable = /^[A-Za-z0-9_]+$/.test(name)
    const value = (text: string): Token =>
      isVariable ? pattern(`~^${text}$`) : pattern(`~(?:^|;[ ]*)${escaped(name)}=${text}(?:;|$)`)
    const source = isVariable ? nginx`$cookie_${word(name)}` : nginx`$http_cookie`
    this.#alwaysOrNever('cookie', source, value)
  }

  byHeader(name: Word, value: string | undefined, expression: string | undefined): void {
    const source = nginx`$http_${word(name.toLowerCase().replaceAll('-', '_'))}`
    if (value === undefined && expression === undefined) {
      this.#alwaysOrNever('header', source, (text) => pattern(`~^${text}$`))
      return
    }
    const wanted = value === undefined ? `~${expression}` : `~^${escaped(value)}$`
    const otherwise = this.#otherwise
    this.#ask('header', (result) =>
      block('map', [source, result], [otherwise, entry(pattern(wanted), nginx`1`)]),
    )
  }

  #alwaysOrNever(by: 'cookie' | 'header', source: Word, value: (text: string) => Token): void {
    const otherwise = this.#otherwise
    this.#ask(by, (result) =>
      block(
        'map',
        [source, result],
        [otherwise, entry(value('always'), nginx`1`), entry(value('never'), literal(''))],
      ),
    )
  }

  get #otherwise(): Directive {
    return entry(
      nginx`default`,
      this.decision === undefined ? literal('') : nginx`$${this.decision}`,
    )
  }

  #ask(by: 'weight' | 'cookie' | 'header', map: (result: Word) => Directive): void {
    const name = word(`${this.#id}_${by}`)
    this.maps.set(name, { ...map(nginx`$${name}`), because: annotationOf[by] })
    this.decision = name
  }
}
