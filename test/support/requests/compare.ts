import type { Answer } from './client.ts'
import { answeredBy } from './echo.ts'
import type { Received } from './echo.ts'
import type { Row } from './table.ts'

/** Who an address and kind of a backend is: `web`, `other/web`, or the address. */
export type Names = (address: string, kind: string) => string

/** Everything in which `answer` is not what the row says. */
export function differences(row: Row, answer: Answer, names: Names): readonly string[] {
  const found: string[] = []
  const expect = (what: string, wanted: string | null, got: string | undefined): void => {
    if (!fits(wanted, got)) found.push(`${what}: expected ${shown(wanted)}, got ${shown(got)}`)
  }
  const summary = summaryOf(row, answer, names)
  expect('answer', row.answer, summary)
  if (row.certificate !== undefined) expect('certificate', row.certificate, answer.certificate)
  if (row.cipher !== undefined) expect('cipher', row.cipher, answer.cipher)
  for (const [name, value] of Object.entries(row.gets))
    expect(`response header ${name}`, value, answer.headers.get(name.toLowerCase()))
  if (Object.keys(row.sees).length === 0 || summary !== row.answer) return found

  const received = JSON.parse(answer.body) as Received
  for (const [name, value] of Object.entries(row.sees))
    expect(`received ${name}`, value, seen(received, name))
  return found
}

function seen(received: Received, name: string): string | undefined {
  switch (name) {
    case ':method':
      return received.method
    case ':path':
      return received.path
    case ':version':
      return received.version
    case ':body':
      return String(received.bodyBytes)
    default: {
      const value = received.headers[name.toLowerCase()]
      return value === undefined || typeof value === 'string' ? value : value.join(',')
    }
  }
}

/** The answer in the short form of the table, as far as the row tells. */
function summaryOf(row: Row, { status, headers, failure }: Answer, names: Names): string {
  if (status === 'failed') return row.answer === 'failed' ? 'failed' : `failed: ${failure}`
  const backend = backendOf(headers, names)
  if (backend !== undefined) return `${status} ${backend}`
  const location = headers.get('location')
  return location === undefined ? String(status) : `${status} ${location}`
}

/** Who answered; undefined for nginx itself. */
export function backendOf(headers: ReadonlyMap<string, string>, names: Names): string | undefined {
  const who = headers.get(answeredBy)
  if (who === undefined) return undefined
  const [address = '', kind = ''] = who.split(' ')
  return names(address, kind)
}

function fits(wanted: string | null, got: string | undefined): boolean {
  if (wanted === null) return got === undefined
  if (got === undefined) return false
  return wanted.startsWith('~') ? new RegExp(wanted.slice(1)).test(got) : wanted === got
}

const shown = (text: string | null | undefined): string =>
  text === null || text === undefined ? 'nothing' : `"${text}"`
