// Strings that are meant to become configuration, in every field of an Ingress that a tenant writes:
// each is refused with a Diagnostic of its own, or is one word where any text may stand, and no other
// Ingress notices.

import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { annotationsByName } from '../src/annotations/registry.ts'
import { diagnosticText } from '../src/diagnostics.ts'
import type { Diagnostic, DiagnosticCode } from '../src/diagnostics.ts'
import type { Ingress } from '../src/objects/kinds.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { readConfiguration } from './support/nginx-grammar.ts'
import type { Statement } from './support/nginx-grammar.ts'
import { judges } from './support/nginx-verdict.ts'
import { additionsTo, shapesOf, sharesOf } from './support/shares.ts'
import type { Shares } from './support/shares.ts'
import { ingress, users, web, withBasics } from './support/snapshots.ts'
import { optionsOf, translated } from './support/translated.ts'
import type { Translated } from './support/translated.ts'
import { withAnnotation } from './support/with-annotation.ts'

const marker = 'PWNED'

const strings: readonly string[] = [
  `x; ${marker}`,
  `x;}${marker}{`,
  `x" ${marker} "`,
  `x' ${marker} '`,
  `x\`${marker}`,
  `x { ${marker} }`,
  `x # ${marker}`,
  `x\r${marker}`,
  `x\n${marker}`,
  `x\r\n${marker}: 1\r\n`,
  `x\t${marker}`,
  `x\0${marker}`,
  `x\u0085${marker}`,
  `x\u2028${marker}`,
  `x\ud800${marker}`,
  `$${marker}`,
  `\${${marker}}`,
  `$host ${marker}`,
  `~^${marker} (`,
  `=${marker} `,
  `@${marker} `,
  `../../${marker} /`,
  `${marker}\\`,
  `${marker} "\\`,
  marker.repeat(1000),
  `é ${'\u{1f600}'.repeat(1250)} ${marker}`,
]

interface Field {
  /** What a Diagnostic calls it. */
  readonly field: string
  readonly code: DiagnosticCode
  readonly hostile: (text: string) => Ingress
}

const host = 'hostile.example.com'
const evil = { name: 'evil', namespace: 'tenant' }

const fields: Readonly<Record<string, Field>> = {
  host: {
    field: 'spec.rules[0].host',
    code: 'host-invalid',
    hostile: (text) => ingress({ ...evil, order: 1, host: text }),
  },
  path: {
    field: 'spec.rules[0].http.paths[0].path',
    code: 'path-invalid',
    hostile: (text) => ingress({ ...evil, order: 1, host, paths: [text] }),
  },
  'regular expression': {
    field: 'spec.rules[0].http.paths[0].path',
    code: 'path-invalid',
    hostile: (text) =>
      ingress({
        ...evil,
        order: 1,
        host,
        paths: [`(${text}`],
        annotations: { 'use-regex': 'true' },
      }),
  },
  class: {
    field: 'spec.ingressClassName',
    code: 'class-unknown',
    hostile: (text) => ingress({ ...evil, order: 1, host, className: text }),
  },
  'class annotation': {
    field: 'kubernetes.io/ingress.class',
    code: 'class-unknown',
    hostile: (text) => ({
      ...ingress({ ...evil, order: 1, host }),
      className: undefined,
      annotations: new Map([['kubernetes.io/ingress.class', text]]),
    }),
  },
  'secret name': {
    field: 'spec.tls[0].secretName',
    code: 'secret-not-found',
    hostile: (text) => ingress({ ...evil, order: 1, host, secretName: text }),
  },
  'service name': {
    field: 'spec.rules[0].http.paths[0].backend.service',
    code: 'service-not-found',
    hostile: (text) => withBackend(text, 80),
  },
  'service port': {
    field: 'spec.rules[0].http.paths[0].backend.service',
    code: 'service-port-not-found',
    hostile: (text) => withBackend('web', text),
  },
  'annotation name': {
    field: '',
    code: 'annotation-unknown',
    hostile: (text) => ingress({ ...evil, order: 1, host, annotations: { [text]: 'true' } }),
  },
}

function withBackend(name: string, port: string | number): Ingress {
  const whole = ingress({ ...evil, order: 1, host })
  return {
    ...whole,
    rules: [
      {
        host,
        paths: [{ path: '/', pathType: 'Prefix', backend: { kind: 'service', name, port } }],
      },
    ],
  }
}

/** What the fields are where nothing is wrong with them. */
const harmless: readonly (readonly Ingress[])[] = [
  {},
  { secretName: 'missing' },
  { annotations: { 'use-regex': 'true' } },
].map((more) => [ingress({ ...evil, order: 1, host, ...more })])

const neighbour = ingress({
  name: 'neighbour',
  host: 'neighbour.example.com',
  paths: ['/', '/api'],
  annotations: {
    'proxy-body-size': '8m',
    'limit-rps': '5',
    'enable-cors': 'true',
    'auth-url': 'http://auth.example.org/',
  },
})

const judged = await judges()
after(() => Promise.all(judged.map((judge) => judge.close())))
const objects = withBasics(neighbour, ...web(evil.namespace), {
  ...users,
  namespace: evil.namespace,
})
const modes = (['reload', 'resolve'] as const).map((endpointUpdates) => ({
  ...optionsOf(),
  endpointUpdates,
}))
const shares = ({ text }: Translated): Shares => sharesOf(text, host, evil.namespace)

/** Asserts that `diagnostic` is about a field of `evil`, and is one line that a terminal and a log can take. */
function assertTold(diagnostic: Diagnostic | undefined, field: string, code: DiagnosticCode): void {
  assert.equal(diagnostic?.code, code)
  if (field !== '') assert.equal(diagnostic.field, field)
  assert.equal(diagnostic.object.name, 'evil')
  // no more of the text than a preview
  assert.match(diagnosticText(diagnostic), /^[^\p{C}\p{Zl}\p{Zp}]{1,900}$/u)
}

/** 404 or 503. */
const isAnswer = (shape: string): boolean => shape.endsWith(' return/2 ')
const shown = (text: string): string => JSON.stringify(text).slice(0, 60)

/** Asserts that text adds no directive to `statements`. */
function assertFew(statements: readonly Statement[], most: ReadonlyMap<string, number>): void {
  for (const [shape, count] of countOf(statements))
    assert.ok(isAnswer(shape) || count <= (most.get(shape) ?? 0), `${count} times ${shape}`)
}

/** How often each shape is in `statements`. */
function countOf(statements: readonly Statement[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const shape of shapesOf(statements)) counts.set(shape, (counts.get(shape) ?? 0) + 1)
  return counts
}

/** How often each shape is at most in what `results` have beside `alone`. */
function countsOf(results: readonly Translated[], alone: Shares): ReadonlyMap<string, number> {
  const most = new Map<string, number>()
  for (const { own, others } of results.map(shares))
    for (const [shape, count] of countOf([...own, ...added(others, alone)]))
      most.set(shape, Math.max(count, most.get(shape) ?? 0))
  return most
}

/** What `others` have beside those of `alone`, which are all there, in their order. */
function added(others: readonly Statement[], alone: Shares): readonly Statement[] {
  const found = additionsTo(alone.others, others)
  assert.ok(found !== undefined, 'others have less, or something else')
  return found
}

const annotated = (name: string, text: string, at: typeof evil & { readonly host: string }) =>
  withAnnotation(name, text, {}, at)

/** Each word of nginx.conf that has the marker in it; no comment has. */
function marked(text: string): readonly string[] {
  const words = wordsIn(readConfiguration(text)).filter(isMarked)
  assert.equal(words.join(' ').split(marker).length, text.split(marker).length)
  return words
}
const isMarked = (word: string): boolean => word.includes(marker)
const wordsIn = (statements: readonly Statement[]): readonly string[] =>
  statements.flatMap(({ words, block }) => [...words, ...wordsIn(block ?? [])])

for (const options of modes) {
  const served = (own: readonly Ingress[]): Translated =>
    translated(snapshotOf([...objects, ...own]), options)
  const alone = shares(served([]))

  for (const [name, { field, code, hostile }] of Object.entries(fields))
    void suite(`${name}: ${options.endpointUpdates}`, () => {
      const usual = countsOf(harmless.map(served), alone)
      for (const text of strings)
        void test(shown(text), () => {
          const result = served([hostile(text)])
          assert.equal(result.diagnostics.length, 1, result.complaints)
          assertTold(result.diagnostics[0], field, code)
          const { own, others } = shares(result)
          assert.deepEqual(others, alone.others)
          assertFew(own, usual)
          assert.equal(result.text.includes(marker), false)
        })
    })

  for (const [name, { field }] of annotationsByName)
    void suite(`annotation ${name}: ${options.endpointUpdates}`, () => {
      const withText = (text: string): Translated =>
        served(annotated(name, text, { ...evil, host }))
      const bare = withText('')
      const known = countsOf([bare, ...field.accepts.map(withText)], alone)
      for (const text of strings)
        void test(shown(text), () => {
          const result = withText(text)
          const { own, others } = shares(result)
          const all = [...own, ...added(others, alone)]
          const invalid = result.diagnostics.filter((each) => each.code === 'annotation-invalid')
          if (invalid.length === 0) {
            // A text that may be anything is one word, whatever is in it.
            for (const word of marked(result.text)) assert.ok(word.includes(text.trim()), word)
            assertFew(all, known)
            return
          }
          assert.equal(invalid.length, 1, result.complaints)
          assertTold(invalid[0], name, 'annotation-invalid')
          assert.deepEqual(marked(result.text), [])
          switch (field.onInvalid ?? 'default') {
            case 'default':
              assert.deepEqual({ own, others }, shares(bare))
              break
            case 'deny':
              assertFew(all, known)
              break
            case 'refuse':
              assert.deepEqual({ own, others }, alone)
          }
        })
    })
}

for (const judge of judged)
  void test(`nginx ${judge.version} has nothing against all of them at once`, async () => {
    const ofFields = Object.values(fields).flatMap(({ hostile }, i) =>
      strings.map((text, j) => ({ ...hostile(text), name: `evil-${i}-${j}`, order: 1 + i })),
    )
    const ofAnnotations = [...annotationsByName.keys()].flatMap((name, i) =>
      strings.flatMap((text, j) => {
        const id = `annotated-${i}-${j}`
        const own = annotated(name, text, { ...evil, name: id, host: `${id}.example.com` })
        return own.map((each) => ({ ...each, name: `${each.name}-${id}` }))
      }),
    )
    const options = { ...optionsOf(), ...judge.place }
    const all = snapshotOf([...objects, ...ofFields, ...ofAnnotations])
    const { bundle, text } = translated(all, options)
    const texts = strings.map((each) => each.trim())
    for (const word of marked(text))
      assert.ok(
        texts.some((each) => word.includes(each)),
        word,
      )
    assert.equal(await judge.complaints(bundle), '')
  })
