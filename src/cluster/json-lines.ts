/** Far above the largest object that etcd takes (1.5 MiB, perhaps 3 as JSON). */
const longestLine = 64 * 1024 * 1024
const newline = 0x0a

/**
 * The JSON values of `chunks`, one a line, in the groups in which they arrive. A last line without
 * its end is a connection that broke: it is left out.
 */
export async function* jsonLines(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<readonly unknown[], void, undefined> {
  let rest: Buffer[] = []
  let restLength = 0
  for await (const chunk of chunks) {
    const values: unknown[] = []
    let start = 0
    for (let end; (end = chunk.indexOf(newline, start)) !== -1; start = end + 1) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]).toString('utf8')
      rest = []
      restLength = 0
      if (line.trim() !== '') values.push(JSON.parse(line))
    }
    if (start < chunk.length) {
      rest.push(chunk.subarray(start))
      restLength += chunk.length - start
      if (restLength > longestLine) throw new Error(`a line of more than ${longestLine} bytes`)
    }
    if (values.length > 0) yield values
  }
}
