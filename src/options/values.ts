import { isIP } from 'node:net'
import * as z from 'zod'
import { labelSelectorOf } from '../objects/label-selector.ts'
import { dns1123Label, dns1123Subdomain, dnsName } from '../objects/meta.ts'

/** How the text of a flag becomes its value. */
export interface Value<T> {
  /** What stands after the `=` in the help: `PORT`. Empty for a boolean. */
  readonly form: string
  /** For errors: `a port from 1 to 65535`. */
  readonly expected: string
  readonly schema: z.ZodType<T, string>
  /** A boolean: the flag alone means true, and never takes the next argument as its value. */
  readonly isBoolean?: true
}

/** The literals that Go's strconv.ParseBool knows. */
export const boolean: Value<boolean> = {
  form: '',
  expected: 'true or false',
  isBoolean: true,
  schema: z.stringbool({
    truthy: ['1', 't', 'T', 'true', 'TRUE', 'True'],
    falsy: ['0', 'f', 'F', 'false', 'FALSE', 'False'],
    case: 'sensitive',
  }),
}

export const text: Value<string> = { form: 'TEXT', expected: 'a text', schema: z.string() }

/** A text that must not be empty, of a named form. */
export const named = (form: string, expected: string): Value<string> => ({
  form,
  expected,
  schema: z.string().min(1),
})

export const path = named('PATH', 'a path')
export const directory = named('DIR', 'a directory')

const digits = z
  .string()
  .regex(/^-?\d{1,15}$/)
  .transform(Number)

export function integer(least: number, most = Number.MAX_SAFE_INTEGER, form = 'N'): Value<number> {
  return {
    form,
    expected:
      most === Number.MAX_SAFE_INTEGER
        ? `a whole number of at least ${least}`
        : `a whole number from ${least} to ${most}`,
    schema: digits.pipe(z.int().min(least).max(most)),
  }
}

export const seconds: Value<number> = {
  form: 'SECONDS',
  expected: 'a whole number of seconds',
  schema: digits.pipe(z.int().min(0)),
}

export const port: Value<number> = {
  form: 'PORT',
  expected: 'a port from 1 to 65535',
  schema: digits.pipe(z.int().min(1).max(65_535)),
}

export const decimal: Value<number> = {
  form: 'NUMBER',
  expected: 'a number of at least 0',
  schema: z
    .string()
    .regex(/^\d+(?:\.\d+)?$/)
    .transform(Number),
}

const unitsInMs = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
}
const durationParts = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g

/** Go's form of a duration, in milliseconds. */
export const duration: Value<number> = {
  form: 'DURATION',
  expected: 'a duration such as 30s or 1m30s',
  schema: z
    .string()
    .regex(/^(?:0|-?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/)
    .transform((given) => {
      const ms = [...given.matchAll(durationParts)].reduce(
        (sum, [, amount, unit]) => sum + Number(amount) * unitsInMs[unit as keyof typeof unitsInMs],
        0,
      )
      return given.startsWith('-') ? -ms : ms
    }),
}

const isKey = (given: string): boolean => {
  const [namespace = '', name = '', ...rest] = given.split('/')
  return rest.length === 0 && dns1123Label.test(namespace) && dns1123Subdomain.test(name)
}

export const objectKey: Value<string> = {
  form: 'NAMESPACE/NAME',
  expected: 'namespace/name',
  schema: z.string().refine(isKey),
}

export const namespace: Value<string> = {
  form: 'NAMESPACE',
  expected: 'the name of a namespace',
  schema: z.string().regex(dns1123Label),
}

export const subdomain: Value<string> = {
  form: 'NAME',
  expected: 'a DNS name in lower case',
  schema: z.string().regex(dns1123Subdomain),
}

export const selector: Value<string> = {
  form: 'SELECTOR',
  expected: 'a label selector such as team=web',
  schema: z.string().refine((given) => labelSelectorOf(given) !== undefined),
}

export const url: Value<string> = {
  form: 'URL',
  expected: 'a URL that starts with http:// or https://',
  schema: z.url({ protocol: /^https?$/ }),
}

/** A path that may stand in a `location` as it is. */
export const urlPath: Value<string> = {
  form: '/PATH',
  expected: 'a path that starts with "/", of letters, digits and . _ ~ / -',
  schema: z
    .string()
    .max(256)
    .regex(/^\/[\w.~/-]*$/),
}

export const host: Value<string> = {
  form: 'HOST',
  expected: 'an IP address or a host name',
  schema: z.string().refine((given) => isIP(given) !== 0 || dnsName.test(given)),
}

export const hosts: Value<readonly string[]> = {
  form: 'HOST,…',
  expected: 'IP addresses or host names, separated by commas',
  schema: z
    .string()
    .transform((given) => given.split(',').map((part) => part.trim()))
    .pipe(z.array(z.string().refine((part) => isIP(part) !== 0 || dnsName.test(part))).min(1)),
}

export const socketAddress: Value<string> = {
  form: 'HOST:PORT',
  expected: 'host:port or :port',
  schema: z
    .string()
    .regex(/^(?:[\w.-]*|\[[\da-fA-F:.]+\]):\d{1,5}$/)
    .refine((given) => Number(given.slice(given.lastIndexOf(':') + 1)) <= 65_535),
}

export const buckets: Value<readonly number[]> = {
  form: 'N,…',
  expected: 'rising numbers, separated by commas',
  schema: z
    .string()
    .regex(/^\d+(?:\.\d+)?(?:,\d+(?:\.\d+)?)*$/)
    .transform((given) => given.split(',').map(Number))
    .refine((all) => all.every((bound, i) => i === 0 || bound > (all[i - 1] ?? 0))),
}

export const names: Value<readonly string[]> = {
  form: 'NAME,…',
  expected: 'names, separated by commas',
  schema: z.string().transform((given) => given.split(',').map((part) => part.trim())),
}

export function oneOf<const T extends string>(...choices: readonly T[]): Value<T> {
  return {
    form: choices.join('|'),
    expected: `one of ${choices.join(', ')}`,
    schema: z.string().pipe(z.enum(choices as unknown as [T, ...T[]])),
  }
}
