// The grammars of values in annotations and settings: what is understood is printed in nginx's own way,
// everything else is refused.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import * as values from '../src/annotations/values.ts'
import type { Value } from '../src/annotations/values.ts'
import { rewriteTarget } from '../src/annotations/rewrite-target.ts'

interface Grammar {
  readonly value: Value<unknown>
  /** What a text is printed as. */
  readonly reads: Readonly<Record<string, unknown>>
  readonly refuses: readonly string[]
}

const grammars: Readonly<Record<string, Grammar>> = {
  size: {
    value: values.size,
    reads: { '1024': '1024', '8k': '8k', '8K': '8k', '1m': '1m', '0064M': '64m', '64m': '64m' },
    refuses: [
      '',
      '0',
      '1023',
      '65m',
      '1g',
      '8kb',
      '8 k',
      '-8k',
      '+8k',
      '1e3',
      '0x400',
      '8k;',
      '8k\n',
    ],
  },
  offset: {
    value: values.offset,
    reads: { '0': '0', '0m': '0m', '10G': '10g', '1048576g': '1048576g', '007': '7' },
    refuses: ['', 'g', '1t', '1.5g', '-1', '1048577g', '9'.repeat(16), '1g 2g'],
  },
  wholeSeconds: {
    value: values.wholeSeconds,
    reads: { '0': '0s', '5': '5s', '+5': '5s', '0060': '60s', '2147483': '2147483s' },
    refuses: ['', '-1', '5s', '1.5', '2147484', ' 5', '5 ', '１'],
  },
  duration: {
    value: values.duration,
    reads: {
      '240s': '240s',
      '1h30m': '1h30m',
      '0s': '0s',
      '010ms': '10ms',
      '1d2h3m4s5ms': '1d2h3m4s5ms',
    },
    refuses: ['', '240', 's', '1m1h', '1h1h', '1 h', '1y', '1w', '1M', '12345678s', '1h;'],
  },
  boolean: {
    value: values.boolean,
    reads: {
      '1': true,
      t: true,
      T: true,
      TRUE: true,
      true: true,
      True: true,
      '0': false,
      f: false,
    },
    refuses: ['', 'yes', 'on', 'tRUE', 'TrUe', '2', 'truely'],
  },
  onOff: {
    value: values.onOff,
    reads: { on: 'on', off: 'off' },
    refuses: ['', 'On', 'true', 'on;'],
  },
  cidrs: {
    value: values.cidrs,
    reads: {
      '10.0.0.0/8': ['10.0.0.0/8'],
      '10.1.2.3/8': ['10.0.0.0/8'],
      '192.0.2.7/32, 192.0.2.7': ['192.0.2.7'],
      ' 2001:DB8::1/32 ,,10.0.0.1': ['10.0.0.1', '2001:db8::/32'],
      '0.0.0.0/0,::/0': ['0.0.0.0/0', '::/0'],
      '::ffff:10.0.0.1': ['::ffff:a00:1'],
    },
    refuses: [
      '',
      ',',
      '10.0.0.1 10.0.0.2',
      '10.0.0.1,nonsense',
      ...'10.0.0.0/33 ::/129 10.0.0.0/ 10.0.0.0/8/8 10.0.0.0/-1 10.0.0.0/08x 10.0.0.1;'.split(' '),
      ...'10.0.0 0x0a.0.0.1 010.0.0.1 167772161 10 all example.com fe80::1%eth0 unix:'.split(' '),
    ],
  },
  hostHeader: {
    value: { ...values.hostHeader, parse: (text) => values.hostHeader.parse(text)?.token },
    reads: {
      'web.internal': 'web.internal',
      'web:8080': 'web:8080',
      a_b: 'a_b',
      A: 'A',
      $host: '"$host"',
      '${host}:8080': '"$host:8080"',
      '$service_name.$namespace.svc:80': '"$service_name.$namespace.svc:80"',
    },
    refuses: [
      '',
      '$uri',
      '$1',
      '$',
      '$nonsense',
      'a b',
      'a;b',
      '.a',
      'a.',
      '-a',
      'a:',
      'a:123456',
      'a'.repeat(256),
      '[::1]',
    ],
  },
  headerName: {
    value: values.headerName,
    reads: { 'X-Forwarded-For': 'X-Forwarded-For' },
    refuses: ['', 'X_Y', '-X', '1X', 'X Y', 'X:', 'X;', 'a'.repeat(101)],
  },
  rewriteTarget: {
    value: { ...rewriteTarget, parse: (text) => rewriteTarget.parse(text)?.tokenFor(() => false) },
    reads: { '/': '/', app: '/app', '/$1': '"/$1"', '/a/$9b': '"/a/$9b"', $1: '"/$1"' },
    refuses: [
      '',
      '/$0',
      '/$10',
      '/$a',
      '/$',
      '/${1}',
      '/a b',
      '/?a=b',
      '/a\\b',
      `/${'a'.repeat(501)}`,
    ],
  },
}

for (const [name, { value, reads, refuses }] of Object.entries(grammars))
  void test(name, () => {
    assert.ok(value.expected !== '')
    for (const [text, printed] of Object.entries(reads))
      assert.deepEqual(value.parse(text), printed, JSON.stringify(text))
    for (const text of refuses) assert.equal(value.parse(text), undefined, JSON.stringify(text))
  })

void test('no grammar throws, or prints what could end an argument', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...Object.values(grammars).flatMap(({ reads }) => Object.keys(reads))),
    fc
      .tuple(
        fc.constantFrom(...Object.values(grammars).flatMap(({ reads }) => Object.keys(reads))),
        fc.constantFrom(';', ' x', '\n', '\r', '{', '}', '"', '\\', '$', '\0', '\u2028', '#'),
      )
      .map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(texts, (text) => {
      for (const { value } of Object.values(grammars)) {
        const printed = JSON.stringify(value.parse(text) ?? '')
        assert.doesNotMatch(printed, /[;{}#\s]|\\[nr0u]/, `${printed} of ${JSON.stringify(text)}`)
      }
    }),
    { numRuns: 3000 },
  )
})
