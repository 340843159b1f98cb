import { copyFile, cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import * as z from 'zod'
import type { Bench } from '../measurement.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let built: Promise<string> | undefined

/** The program as the image has it: one bundled file, in a place where no later build changes it. */
export function bundledProgram({ scratch }: Bench): Promise<string> {
  built ??= (async () => {
    await execa(process.execPath, [join(root, 'docker/build.ts')])
    const copy = join(scratch, 'program')
    await cp(join(root, 'dist'), copy, { recursive: true })
    return join(copy, 'sluice.mjs')
  })()
  return built
}

/** How the image starts Node. */
export async function nodeStart(): Promise<{
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string>>
}> {
  const dockerfile = await readFile(join(root, 'docker/Dockerfile'), 'utf8')
  const [, words = '[]'] = /^ENTRYPOINT (.*)$/m.exec(dockerfile) ?? []
  const env = [...dockerfile.matchAll(/^ENV (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value])
  return {
    flags: z.array(z.string()).parse(JSON.parse(words)).slice(1, -1),
    env: z.record(z.string(), z.string()).parse(Object.fromEntries(env)),
  }
}

let copied: Promise<string> | undefined

/**
 * A Node that no other process runs, so that what its memory is made of is not shared with any: PSS
 * is then what a pod has to pay for.
 */
export function nodeOfItsOwn({ scratch }: Bench): Promise<string> {
  copied ??= (async () => {
    const copy = join(scratch, 'node')
    await copyFile(process.execPath, copy)
    return copy
  })()
  return copied
}
