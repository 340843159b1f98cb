import { decode } from 'dns-packet'

/** The bytes of one record after its length. */
export type RecordData = Buffer

/** Bytes as a string, one character each. Where there is one for every name, small Buffers take four times the memory. */
export type Bytes = string

export interface Question {
  readonly id: number
  /** Lower case, without the last dot. */
  readonly name: string
  readonly type: string
  /** The question section as it was sent, to be sent back. */
  readonly bytes: Bytes
  readonly isRecursive: boolean
}

/** The code of an answer that says that the question is not for us. */
const refused = 5

/** nginx reads that much of an answer over UDP. */
export const longestDatagram = 4096
export const longestMessage = 65_535

const headerLength = 12
const types = { A: 1, AAAA: 28, SRV: 33 } as const

export const bytesOf = (message: Buffer): Bytes => message.toString('latin1')

/** The one question of a message; undefined for what is not exactly that. */
export function questionIn(message: Buffer): Question | undefined {
  try {
    const { id, type, questions, flags } = decode(message)
    const [question, ...more] = questions ?? []
    if (question === undefined || more.length > 0 || type !== 'query' || id === undefined)
      return undefined
    const end = headerLength + Buffer.byteLength(question.name) + 2 + 4
    return {
      id,
      name: question.name.toLowerCase(),
      type: question.type,
      bytes: message.toString('latin1', headerLength, end),
      isRecursive: ((flags ?? 0) & 0x100) !== 0,
    }
  } catch {
    return undefined
  }
}

/** Records of one type, as they stand in an answer. */
export function section(
  type: keyof typeof types,
  ttl: number,
  records: readonly RecordData[],
): { readonly count: number; readonly bytes: Bytes } {
  const parts: Buffer[] = []
  for (const record of records) {
    const head = Buffer.alloc(12)
    head.writeUInt16BE(0xc0_0c, 0) // the name of the question
    head.writeUInt16BE(types[type], 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt32BE(ttl, 6)
    head.writeUInt16BE(record.length, 10)
    parts.push(head, record)
  }
  return { count: records.length, bytes: Buffer.concat(parts).toString('latin1') }
}
export type Section = ReturnType<typeof section>

const nothing: Section = { count: 0, bytes: '' }

/** An answer with `records`; one that is longer than `most` says only that it is. */
export function answerTo(question: Question, records: Section, most: number): Buffer {
  const length = headerLength + question.bytes.length + records.bytes.length
  return length > most ? message(question, 0, true, nothing) : message(question, 0, false, records)
}

export const refusalOf = (question: Question): Buffer => message(question, refused, false, nothing)

function message(
  question: Question,
  code: number,
  isTruncated: boolean,
  { count, bytes }: Section,
): Buffer {
  const all = Buffer.alloc(headerLength + question.bytes.length + bytes.length)
  all.writeUInt16BE(question.id, 0)
  // an authoritative answer of one that would recurse
  const flags = 0x8480 | (isTruncated ? 0x200 : 0) | (question.isRecursive ? 0x100 : 0)
  all.writeUInt16BE(flags | code, 2)
  all.writeUInt16BE(1, 4)
  all.writeUInt16BE(count, 6)
  all.write(question.bytes, headerLength, 'latin1')
  all.write(bytes, headerLength + question.bytes.length, 'latin1')
  return all
}

/** `name` as a message spells it. */
export function nameBytes(name: string): Buffer {
  const labels = name.split('.').map((label) => {
    const bytes = Buffer.from(label, 'latin1')
    return Buffer.concat([Buffer.of(bytes.length), bytes])
  })
  return Buffer.concat([...labels, Buffer.of(0)])
}
