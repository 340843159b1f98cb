import { parse } from 'yaml'
import { z } from 'zod'
import type { Abilities } from '../../../src/model/abilities.ts'
import type { TranslateOptions } from '../../../src/translate/translation.ts'

const text = z.union([z.string(), z.number()]).transform(String)
/** Headers by name: a value, `~pattern`, or null for a header that must be absent. */
const headers = z.record(z.string(), text.nullable())

/** What an nginx can do, and how it learns of endpoints. */
export interface Ground {
  readonly abilities: Abilities
  readonly endpointUpdates: TranslateOptions['endpointUpdates']
}

const expectation = z.strictObject({
  /** The ground on which the row counts, where it is not the same on all. */
  where: z
    .strictObject({
      endpointUpdates: z.enum(['reload', 'resolve']).optional(),
      requestPort: z.boolean().optional(),
    })
    .default({}),
  /** What is sent beside the request line; a list sends a header more than once. */
  send: z.record(z.string(), z.union([text, z.array(text)])).default({}),
  /** `name:password`, sent by HTTP Basic. */
  user: z.string().optional(),
  /** Address that the client comes from; of several the next one each time. */
  from: z.union([z.string(), z.array(z.string())]).default('127.0.0.1'),
  /** Server name of the TLS handshake; empty for none. The default is the host. */
  sni: z.string().optional(),
  /** PROXY protocol header: `source destination destination-port`. */
  proxy: z.string().optional(),
  /** Bytes of a request body: `10`, `2m`. */
  body: z
    .string()
    .regex(/^[0-9]+[km]?$/)
    .optional(),
  http: z.enum(['1.0', '1.1', '2']).default('1.1'),
  /** The request line has the whole URL, as for a proxy. */
  absolute: z.boolean().default(false),
  tls: z.enum(['TLSv1.1', 'TLSv1.2', 'TLSv1.3']).optional(),
  /** Asks until the answer is as expected: nginx looks external names up in its own time. */
  eventually: z.boolean().default(false),
  /** Asks so often, one after the other; each answer must be as expected. */
  times: z.number().default(1),

  /** `200 web`: status and Service. `404`: by nginx. `308 https://a.test`: Location. Or how it failed. */
  answer: text,
  /** All who must have answered after `times`, or `one` for any but always the same. */
  among: z.union([z.array(z.string()), z.literal('one')]).optional(),
  /** Whether connections to the backend serve more than one of the requests. */
  reuses: z.boolean().optional(),
  /** What the backend received: headers, and `:method`, `:path`, `:body` (bytes). */
  sees: headers.default({}),
  /** Headers of the response. */
  gets: headers.default({}),
  /** Common name of the certificate. */
  certificate: z.string().optional(),
  /** Cipher of the connection, as OpenSSL names it. */
  cipher: z.string().optional(),
})

type Expectation = z.output<typeof expectation>

export interface Row extends Omit<Expectation, 'from' | 'where'> {
  readonly from: readonly string[]
  /** As it stands in the table. */
  readonly title: string
  readonly method: string
  readonly scheme: 'http' | 'https'
  /** With the port, if the table has one. */
  readonly host: string
  /** Sent as it is, not normalised. */
  readonly path: string
  /** What the request line has between method and version. */
  readonly target: string
}

const row = z.union([text.transform((answer) => expectation.parse({ answer })), expectation])

const countsOn = (
  { endpointUpdates, requestPort }: Expectation['where'],
  ground: Ground,
): boolean =>
  (endpointUpdates ?? ground.endpointUpdates) === ground.endpointUpdates &&
  (requestPort ?? ground.abilities.requestPort) === ground.abilities.requestPort

/**
 * A table of requests and answers: a list of `METHOD URL: ANSWER`, in short, or with what is sent and
 * expected beside it.
 */
export function tableOf(yaml: string, ground: Ground): readonly Row[] {
  const lines = z.array(z.record(z.string(), z.unknown())).parse(parse(yaml))
  return lines.flatMap((line) =>
    Object.entries(line).flatMap(([title, value]): readonly Row[] => {
      const [, method, scheme, host, path] =
        /^([A-Z]+) (https?):\/\/([^/]*)(\/\S*)$/.exec(title) ?? []
      if (method === undefined || host === undefined || path === undefined)
        throw new Error(`expected METHOD URL, got ${title}`)
      const parsed = row.safeParse(value)
      if (!parsed.success) throw new Error(`${title}: ${z.prettifyError(parsed.error)}`)
      const { where, user, send, ...rest } = parsed.data
      if (!countsOn(where, ground)) return []
      const basic = `Basic ${Buffer.from(user ?? '').toString('base64')}`
      const one: Row = {
        ...rest,
        user,
        send: user === undefined ? send : { ...send, Authorization: basic },
        from: [parsed.data.from].flat(),
        http: method === 'GRPC' ? '2' : parsed.data.http,
        title,
        method,
        scheme: scheme === 'https' ? 'https' : 'http',
        host,
        path,
        target: parsed.data.absolute ? `${scheme}://${host}${path}` : path,
      }
      return [one]
    }),
  )
}
