import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { jsonLines } from '../src/cluster/json-lines.ts'

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const read = async (text: string, size: number): Promise<unknown[]> => {
  const values: unknown[] = []
  for await (const group of jsonLines(chunks(Buffer.from(text), size))) values.push(...group)
  return values
}

test('values survive any cut into chunks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue(), { maxLength: 5 }),
      fc.integer({ min: 1, max: 20 }),
      async (values, size) => {
        const text = values.map((value) => `${JSON.stringify(value)}\n`).join('')
        assert.deepEqual(await read(text, size), JSON.parse(JSON.stringify(values)))
      },
    ),
  )
})

test('a last line without its end is left out', async () => {
  assert.deepEqual(await read('{"a": 1}\n{"a": 2', 3), [{ a: 1 }])
})

test('a line that is no JSON is an error', async () => {
  await assert.rejects(read('<html>\n', 100), SyntaxError)
})
