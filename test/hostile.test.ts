// Strings that are meant to become configuration, in every field of an Ingress that a tenant writes:
// each is refused with a Diagnostic of its own, and no other Ingress notices.

import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { diagnosticText } from '../src/diagnostics.ts'
import type { DiagnosticCode } from '../src/diagnostics.ts'
import type { Ingress } from '../src/objects/kinds.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { judges } from './support/nginx-verdict.ts'
import { ingress, web, withBasics } from './support/snapshots.ts'
import { optionsOf, translated } from './support/translated.ts'

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
const evil = { name: 'evil', namespace: 'tenant', order: 1 }

const fields: Readonly<Record<string, Field>> = {
  host: {
    field: 'spec.rules[0].host',
    code: 'host-invalid',
    hostile: (text) => ingress({ ...evil, host: text }),
  },
  path: {
    field: 'spec.rules[0].http.paths[0].path',
    code: 'path-invalid',
    hostile: (text) => ingress({ ...evil, host, paths: [text] }),
  },
  'regular expression': {
    field: 'spec.rules[0].http.paths[0].path',
    code: 'path-invalid',
    hostile: (text) =>
      ingress({ ...evil, host, paths: [`(${text}`], annotations: { 'use-regex': 'true' } }),
  },
  class: {
    field: 'spec.ingressClassName',
    code: 'class-unknown',
    hostile: (text) => ingress({ ...evil, host, className: text }),
  },
  'class annotation': {
    field: 'kubernetes.io/ingress.class',
    code: 'class-unknown',
    hostile: (text) => ({
      ...ingress({ ...evil, host }),
      className: undefined,
      annotations: new Map([['kubernetes.io/ingress.class', text]]),
    }),
  },
  'secret name': {
    field: 'spec.tls[0].secretName',
    code: 'secret-not-found',
    hostile: (text) => ingress({ ...evil, host, secretName: text }),
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
    hostile: (text) => ingress({ ...evil, host, annotations: { [text]: 'true' } }),
  },
}

const annotationNames = [
  'allowlist-source-range',
  'backend-protocol',
  'force-ssl-redirect',
  'proxy-body-size',
  'proxy-buffer-size',
  'proxy-buffering',
  'proxy-connect-timeout',
  'proxy-read-timeout',
  'proxy-request-buffering',
  'proxy-send-timeout',
  'rewrite-target',
  'service-upstream',
  'ssl-redirect',
  'upstream-vhost',
  'use-regex',
  'whitelist-source-range',
]

const annotationFields = annotationNames.map((name): [string, Field] => [
  `annotation ${name}`,
  {
    field: name,
    code: 'annotation-invalid',
    hostile: (text) => ingress({ ...evil, host, annotations: { [name]: text } }),
  },
])

function withBackend(name: string, port: string | number): Ingress {
  const whole = ingress({ ...evil, host })
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

/** What a tenant could not have changed: everything but its own host, upstream and name of that in the log. */
const others = (text: string): readonly string[] =>
  text
    .replaceAll(/[0-9a-f]{64}/g, '…')
    .replaceAll(/^ +[0-9a-f]{8}_tenant_web_\w+ tenant-web-\w+;\n/gm, '')
    .split(/\n\n(?= {4}# )/)
    .filter((part) => !part.includes(`server_name ${host};`) && !part.includes('_tenant_web_'))

const judged = await judges()
after(() => Promise.all(judged.map((judge) => judge.close())))
const objects = withBasics(neighbour, ...web('tenant'))
const alone = translated(snapshotOf(objects))

for (const [name, { field, code, hostile }] of [...Object.entries(fields), ...annotationFields])
  void suite(name, () => {
    for (const text of strings)
      void test(JSON.stringify(text).slice(0, 60), () => {
        const own = hostile(text)
        const result = translated(snapshotOf([...objects, own]))

        const [diagnostic] = result.diagnostics
        assert.equal(result.diagnostics.length, 1, result.complaints)
        assert.equal(diagnostic?.code, code)
        if (field !== '') assert.equal(diagnostic.field, field)
        assert.equal(diagnostic.object.name, 'evil')
        // one line that a terminal and a log can take, with no more of the text than a preview
        assert.match(diagnosticText(diagnostic), /^[^\p{C}\p{Zl}\p{Zp}]{1,900}$/u)

        assert.deepEqual(others(result.text), others(alone.text))
        assert.equal(result.text.includes(marker), false)
      })
  })

for (const judge of judged)
  void test(`nginx ${judge.version} has nothing against all of them at once`, async () => {
    const everything = [...Object.values(fields), ...annotationFields.map(([, one]) => one)]
    const hostiles = everything.flatMap(({ hostile }, i) =>
      strings.map((text, j) => ({ ...hostile(text), name: `evil-${i}-${j}`, order: 1 + i })),
    )
    const options = { ...optionsOf(), ...judge.place }
    const { bundle, text, diagnostics } = translated(snapshotOf([...objects, ...hostiles]), options)
    assert.ok(diagnostics.length >= hostiles.length)
    assert.equal(text.includes(marker), false)
    assert.equal(await judge.complaints(bundle), '')
  })
