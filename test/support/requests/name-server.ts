import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** Names that the DNS server knows. */
const addresses: Readonly<Record<string, string>> = {
  'db.names.test': '127.0.2.1',
  'www.names.test': '127.0.2.2',
}

/** A DNS server with a handful of A records; every other name does not exist. */
export async function nameServer(
  address: string,
  port: number,
): Promise<{ close(): Promise<void> }> {
  const socket = createSocket('udp4')
  socket.on('message', (question, { address: from, port: back }) =>
    socket.send(answerTo(question), back, from),
  )
  socket.bind(port, address)
  await once(socket, 'listening')
  return {
    close: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}

/** RFC 1035, section 4: a header, the question again, and an A record if there is one. */
function answerTo(question: Buffer): Buffer {
  const labels: string[] = []
  let at = 12
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('ascii', at + 1, at + 1 + length))
    at += 1 + length
  }
  const end = at + 5
  const isA = question.readUInt16BE(at + 1) === 1
  const known = addresses[labels.join('.').toLowerCase()]
  const has = isA && known !== undefined
  const header = Buffer.alloc(12)
  question.copy(header, 0, 0, 2)
  header.writeUInt16BE(known === undefined ? 0x81_83 : 0x81_80, 2) // NXDOMAIN or no error
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(has ? 1 : 0, 6)
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4])
  const data = Buffer.from((known ?? '').split('.').map(Number))
  return Buffer.concat([header, question.subarray(12, end), ...(has ? [record, data] : [])])
}
