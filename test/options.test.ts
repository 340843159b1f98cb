import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { refuseConflicts } from '../src/options/conflicts.ts'
import { environmentName } from '../src/options/flag.ts'
import { renderFlags } from '../src/options/command-flags.ts'
import { runFlags } from '../src/options/flags.ts'
import { parse, UsageError } from '../src/options/parse.ts'
import { warningsOf } from '../src/options/warnings.ts'
import { ingressNginxFlags } from './support/ingress-nginx-flags.ts'

const options = (...args: string[]) => parse(runFlags, args, {}).options

function problemsOf(act: () => unknown): readonly string[] {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error))
    return error.problems
  }
  return []
}

test('every flag of ingress-nginx is accepted with its own default as its value', () => {
  for (const [name, value] of ingressNginxFlags) {
    assert.deepEqual(
      problemsOf(() => options(`--${name}=${value}`)),
      [],
      name,
    )
  }
})

test('a flag of ingress-nginx has the default that it has there', () => {
  // Sluice spaces reloads by what they cost, and waits at the end only where nginx is another container.
  const ours = new Set(['sync-rate-limit', 'post-shutdown-grace-period'])
  for (const [name, value] of ingressNginxFlags) {
    const flag = Object.entries(runFlags).find(([known]) => known === name)?.[1]
    if (!ours.has(name)) assert.equal(flag?.default ?? '', value, name)
  }
})

test('a flag may be written in each of its forms', () => {
  assert.equal(options('--http-port=8080')['http-port'], 8080)
  assert.equal(options('--http-port', '8080')['http-port'], 8080)
  assert.equal(options('--http-port=1', '--http-port=2')['http-port'], 2)
  for (const form of [['-v=3'], ['-v', '3'], ['-v3'], ['--v=3'], ['--v', '3']])
    assert.equal(options(...form).v, 3, form.join(' '))
  assert.equal(options('--disable-catch-all')['disable-catch-all'], true)
  assert.equal(options('--deep-inspect=false')['deep-inspect'], false)
  assert.equal(options('--watch-namespace=')['watch-namespace'], undefined)
  assert.deepEqual(
    parse(renderFlags, ['-f', 'a', '-f', '-', '--filename=b'], {}).options.filename,
    ['a', '-', 'b'],
  )
})

test('booleans are those of Go', () => {
  for (const literal of ['1', 't', 'T', 'true', 'TRUE', 'True'])
    assert.equal(options(`--disable-catch-all=${literal}`)['disable-catch-all'], true, literal)
  for (const literal of ['0', 'f', 'F', 'false', 'FALSE', 'False'])
    assert.equal(options(`--deep-inspect=${literal}`)['deep-inspect'], false, literal)
  for (const literal of ['yes', 'on', 'tRUE', '2', ' true'])
    assert.equal(problemsOf(() => options(`--deep-inspect=${literal}`)).length, 1, literal)
  // A boolean never takes what follows it.
  assert.deepEqual(
    problemsOf(() => options('--deep-inspect', 'false')),
    ['"false": expected a flag'],
  )
})

test('durations are those of Go', () => {
  const cases = {
    '0': 0,
    '30s': 30_000,
    '1m30s': 90_000,
    '1.5h': 5_400_000,
    '250ms': 250,
    '-1s': -1_000,
  }
  for (const [text, ms] of Object.entries(cases))
    assert.equal(options(`--sync-period=${text}`)['sync-period'], ms, text)
  for (const text of ['30', '1d', 's', '1m 30s', '1e3s'])
    assert.equal(problemsOf(() => options(`--sync-period=${text}`)).length, 1, text)
})

test('what is wrong is named: the flag, what is expected, what was given', () => {
  const cases: readonly (readonly [string[], string])[] = [
    [['--http-port=abc'], '--http-port: expected a port from 1 to 65535, got "abc"'],
    [['--http-port=70000'], '--http-port: expected a port from 1 to 65535, got "70000"'],
    [['--http-port'], '--http-port: expected a port from 1 to 65535, got nothing'],
    [['--http-port', '--v=2'], '--http-port: expected a port from 1 to 65535, got nothing'],
    [['--http-prot=80'], '--http-prot: unknown flag; did you mean --http-port?'],
    [['--qqqqqqqqqqqq'], '--qqqqqqqqqqqq: unknown flag'],
    [['-x'], '-x: unknown flag'],
    [['stray'], '"stray": expected a flag'],
    [['--configmap=plain'], '--configmap: expected namespace/name, got "plain"'],
    [['--configmap=a/b/c'], '--configmap: expected namespace/name, got "a/b/c"'],
    [
      [`--configmap=${'a'.repeat(64)}/b`],
      `--configmap: expected namespace/name, got "${'a'.repeat(64)}/b"`,
    ],
    [
      [`--healthz-host=b.${'a'.repeat(64)}`],
      `--healthz-host: expected an IP address or a host name, got "b.${'a'.repeat(64)}"`,
    ],
    [['--nginx-mode=both'], '--nginx-mode: expected one of sidecar, child, got "both"'],
    [
      ['--apiserver-host=10.0.0.1'],
      '--apiserver-host: expected a URL that starts with http:// or https://, got "10.0.0.1"',
    ],
    [
      ['--health-check-path=/a b;c'],
      '--health-check-path: expected a path that starts with "/", of letters, digits and . _ ~ / -, got "/a b;c"',
    ],
    [
      ['--time-buckets=1,3,2'],
      '--time-buckets: expected rising numbers, separated by commas, got "1,3,2"',
    ],
  ]
  for (const [args, problem] of cases)
    assert.deepEqual(
      problemsOf(() => options(...args)),
      [problem],
      args.join(' '),
    )
})

test('the name of an object may have 253 characters', () => {
  const key = `${'a'.repeat(63)}/${'b'.repeat(253)}`
  for (const flag of ['configmap', 'default-ssl-certificate', 'publish-service'] as const)
    assert.equal(options(`--${flag}=${key}`)[flag], key)
})

test('everything wrong is named at once', () => {
  const problems = problemsOf(() => options('--http-port=x', '--nope', '--https-port=y'))
  assert.equal(problems.length, 3)
})

test('an argument beats a variable, a variable beats the default', () => {
  const environment = { SLUICE_HTTP_PORT: '8080', SLUICE_V: '2', SLUICE_HTTPS_PORT: '' }
  const { options, given } = parse(runFlags, ['--v=3'], environment)
  assert.equal(options['http-port'], 8080)
  assert.equal(options['https-port'], 443)
  assert.equal(options.v, 3)
  assert.deepEqual([...given.keys()].sort(), ['http-port', 'v'])
  assert.deepEqual(
    problemsOf(() => parse(runFlags, [], { SLUICE_HTTP_PORT: 'x' })),
    ['SLUICE_HTTP_PORT: expected a port from 1 to 65535, got "x"'],
  )
})

test('no two flags share a variable', () => {
  const names = Object.keys(runFlags).map(environmentName)
  assert.equal(new Set(names).size, names.length)
})

test('the variables that Kubernetes sets for a Service called sluice-http are not ours', () => {
  const environment = { SLUICE_HTTP_PORT: 'tcp://10.96.0.7:80', SLUICE_SERVICE_HOST: '10.96.0.7' }
  assert.equal(parse(runFlags, [], environment).options['http-port'], 80)
})

test('options that cannot be together are refused', () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['--publish-service=a/b', '--publish-status-address=10.0.0.1'], /^--publish-service: /],
    [['--watch-namespace=a', '--watch-namespace-selector=b=c'], /^--watch-namespace: /],
    [
      ['--metrics-per-undefined-host', '--metrics-per-host=false'],
      /^--metrics-per-undefined-host: /,
    ],
    [['--validating-webhook=:8443'], /^--validating-webhook: /],
    [['--manifests=.', '--kubeconfig=x'], /^--manifests: /],
    [['--http-port=443'], /^--https-port: port 443 is also that of --http-port$/],
  ]
  for (const [args, problem] of cases) {
    const problems = problemsOf(() => refuseConflicts(options(...args)))
    assert.equal(problems.length, 1, args.join(' '))
    assert.match(problems[0] ?? '', problem)
  }
  assert.deepEqual(
    problemsOf(() => refuseConflicts(options())),
    [],
  )
})

test('one warning names all flags without meaning, another those whose feature is to come', () => {
  const parsed = parse(
    runFlags,
    [
      '--profiling=false',
      '--stream-port=1',
      '--enable-metrics',
      '--update-status=true',
      '--election-id=mine',
      '--logtostderr',
      '--vmodule=x=1',
    ],
    {},
  )
  assert.deepEqual(
    warningsOf(parsed).map(({ flags }) => flags),
    [
      ['--profiling', '--stream-port'],
      ['--election-id', '--enable-metrics'],
    ],
  )
  assert.deepEqual(warningsOf(parse(runFlags, [], {})), [])
})

test('no command line makes the parser fail in any other way than by naming what is wrong', () => {
  const names = Object.keys(runFlags)
  const flag = fc.constantFrom(...names).map((name) => `--${name}`)
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('true', '1', '-', '--', '', '='),
  )
  const arg = fc.oneof(
    flag,
    fc.tuple(flag, word).map(([a, b]) => `${a}=${b}`),
    word,
  )
  fc.assert(
    fc.property(fc.array(arg, { maxLength: 6 }), (args) => {
      for (const problem of problemsOf(() => options(...args))) {
        assert.notEqual(problem, '')
        assert.ok(!/[\n\r\0]/.test(problem), JSON.stringify(problem))
      }
    }),
    { numRuns: 2_000 },
  )
})
