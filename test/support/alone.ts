import { execa } from 'execa'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const flags = ['--pid', '--fork', '--mount-proc', '--kill-child']

/**
 * Runs what `define` defines in a process namespace of its own, as a pod has one: a sidecar takes the
 * only nginx that it sees for its own. `url` is the `import.meta.url` of the test file, which is run
 * there once more; here it counts as one test.
 */
export async function alone(
  url: string,
  name: string,
  define: () => Promise<void> | void,
): Promise<void> {
  if (process.env['SLUICE_TEST_ALONE'] !== undefined) {
    await define()
    return
  }
  const { failed } = await execa('unshare', [...flags, 'true'], { reject: false })
  if (failed) {
    void test(name, { skip: 'needs the right to make namespaces (unshare, as root)' })
    return
  }
  void test(name, async () => {
    const { all, exitCode } = await execa(
      'unshare',
      [...flags, process.execPath, fileURLToPath(url)],
      {
        env: { SLUICE_TEST_ALONE: '1', NODE_TEST_CONTEXT: undefined },
        all: true,
        reject: false,
        timeout: 240_000,
      },
    )
    assert.equal(exitCode, 0, all)
    assert.match(all, /pass [1-9]/)
  })
}
