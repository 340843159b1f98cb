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
import { ingress, web, withBasics } from './support/snapshots.ts'
import { optionsOf, translated } from './support/translated.ts'
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

const neighbour = ingress({
  name: 'neighbour',
  host: 'neighbour.example.com',
  paths: ['/', '/api'],
  annotations: { 'proxy-body-size': '8m' },
})

/** nginx.conf in pieces: what is above the servers, and each upstream and server. */
const piecesOf = (text: string): readonly string[] =>
  text
    .replaceAll(/[0-9a-f]{64}/g, '…')
    .replaceAll(/^ +[0-9a-f]{8}_tenant_web_\w+ tenant-web-\w+;\n/gm, '')
    .split(/\n\n(?= {4}# )/)
/** What a tenant could not have changed: everything but its own host, upstream and name of that in the log. */
const others = (text: string): readonly string[] =>
  piecesOf(text).filter(
    (piece) => !piece.includes(`server_name ${host};`) && !piece.includes('_tenant_web_'),
  )

const judged = await judges()
after(() => Promise.all(judged.map((judge) => judge.close())))
const objects = withBasics(neighbour, ...web('tenant'))
const alone = translated(snapshotOf(objects))

/** Asserts that `diagnostic` is about a field of `evil`, and is one line that a terminal and a log can take. */
function assertTold(diagnostic: Diagnostic | undefined, field: string, code: DiagnosticCode): void {
  assert.equal(diagnostic?.code, code)
  if (field !== '') assert.equal(diagnostic.field, field)
  assert.equal(diagnostic.object.name, 'evil')
  // no more of the text than a preview
  assert.match(diagnosticText(diagnostic), /^[^\p{C}\p{Zl}\p{Zp}]{1,900}$/u)
}

for (const [name, { field, code, hostile }] of Object.entries(fields))
  void suite(name, () => {
    for (const text of strings)
      void test(JSON.stringify(text).slice(0, 60), () => {
        const result = translated(snapshotOf([...objects, hostile(text)]))
        assert.equal(result.diagnostics.length, 1, result.complaints)
        assertTold(result.diagnostics[0], field, code)
        assert.deepEqual(others(result.text), others(alone.text))
        assert.equal(result.text.includes(marker), false)
      })
  })

const annotated = (name: string, text: string, at: typeof evil & { readonly host: string }) =>
  withAnnotation(name, text, {}, at)

/** Each word of nginx.conf that has the marker in it. */
const marked = (text: string): readonly string[] =>
  wordsIn(readConfiguration(text)).filter(isMarked)
const linesOf = (pieces: readonly string[]): readonly string[] =>
  pieces.flatMap((piece) => piece.split('\n'))
const isMarked = (word: string): boolean => word.includes(marker)
const wordsIn = (statements: readonly Statement[]): readonly string[] =>
  statements.flatMap(({ words, block }) => [...words, ...wordsIn(block ?? [])])

for (const name of annotationsByName.keys())
  void suite(`annotation ${name}`, () => {
    const [aboveAlone] = others(alone.text)
    const bare = translated(snapshotOf([...objects, ...annotated(name, '', { ...evil, host })]))
    const [aboveBare] = others(bare.text)
    const known = new Set(linesOf([...others(alone.text), ...others(bare.text)]))
    for (const text of strings)
      void test(JSON.stringify(text).slice(0, 60), () => {
        const own = annotated(name, text, { ...evil, host })
        const result = translated(snapshotOf([...objects, ...own]))
        const [above, ...servers] = others(result.text)
        // nobody else has a line less, or more
        for (const line of linesOf(others(alone.text).slice(1)))
          assert.ok(linesOf(servers).includes(line), line)

        const invalid = result.diagnostics.filter((each) => each.code === 'annotation-invalid')
        if (invalid.length === 0) {
          // A text that may be anything is one word, whatever is in it.
          for (const word of marked(result.text)) assert.ok(word.includes(text.trim()), word)
          return
        }
        for (const line of linesOf(servers)) assert.ok(known.has(line), line)
        assert.equal(invalid.length, 1, result.complaints)
        assertTold(invalid[0], name, 'annotation-invalid')
        assert.ok(above === aboveAlone || above === aboveBare, above)
        assert.deepEqual(marked(result.text), [])
      })
  })

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
