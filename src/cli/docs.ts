import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { errorText } from '../log.ts'
import { docsFlags } from '../options/command-flags.ts'
import { parse } from '../options/parse.ts'
import { annotationsPage } from './pages/annotations.ts'
import { configurationPage } from './pages/configuration.ts'
import { flagsPage } from './pages/flags.ts'

/** The pages that are made of the program's own tables, by their names in docs/. */
export const pages: Readonly<Record<string, () => string>> = {
  'annotations.md': annotationsPage,
  'configuration.md': configurationPage,
  'flags.md': flagsPage,
}

/** `sluice docs`: for a checkout, whose docs/ stands beside src/. */
export async function run(args: readonly string[]): Promise<number> {
  const { options } = parse(docsFlags, args, process.env)
  const folder = new URL('../../docs/', import.meta.url)
  let code = 0
  for (const [name, page] of Object.entries(pages)) {
    const path = fileURLToPath(new URL(name, folder))
    const text = page()
    if ((await readFile(path, 'utf8').catch(() => undefined)) === text) continue
    if (options.check) {
      process.stderr.write(`error: docs/${name} is not up to date; "npm run docs" writes it\n`)
      code = 1
      continue
    }
    try {
      await writeFile(path, text)
      process.stdout.write(`wrote docs/${name}\n`)
    } catch (error) {
      process.stderr.write(`error: cannot write ${path}: ${errorText(error)}\n`)
      code = 1
    }
  }
  return code
}
