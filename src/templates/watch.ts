import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { watch } from 'chokidar'
import type { Logger } from '../log.ts'
import { errorText } from '../log.ts'
import { templateNames } from '../render/render.ts'
import type { Templates } from '../render/render.ts'
import { compile, extension, readBuiltins, TemplateError } from './templates.ts'
import type { TemplateSources } from './templates.ts'

/**
 * The templates in which those of `directory` replace the built-in ones of the same name. The directory
 * is watched: `onChange` gets every new set that compiles; one that does not is logged, and the last
 * good one stays. Rejects if the set at the start does not compile.
 */
export async function watchTemplates(
  directory: string,
  log: Logger,
  onChange: (templates: Templates) => void,
  signal: AbortSignal,
): Promise<Templates> {
  let sources = await read(directory)
  let current = compile(sources)
  const watcher = watch(directory, { ignoreInitial: true, depth: 1 })
  let reading = Promise.resolve()
  const reread = async (): Promise<void> => {
    try {
      const next = await read(directory)
      if (templateNames.every((name) => next.get(name) === sources.get(name))) return
      current = compile(next)
      sources = next
      onChange(current)
      log.info({ directory }, 'templates changed')
    } catch (error) {
      log.error(
        { directory, reason: errorText(error) },
        'template refused, the last good one stays',
      )
    }
  }
  watcher.on('all', () => {
    reading = reading.then(reread)
  })
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()))
  signal.addEventListener('abort', () => void watcher.close(), { once: true })
  // what changed after the first reading and before the watcher looked
  reading = reading.then(reread)
  await reading
  return current
}

async function read(directory: string): Promise<TemplateSources> {
  const sources = new Map(readBuiltins())
  for (const file of (await readdir(directory)).sort()) {
    // editors keep hidden files beside the one that they write
    if (!file.endsWith(extension) || file.startsWith('.')) continue
    const name = templateNames.find((known) => known === basename(file, extension))
    if (name === undefined) {
      throw new TemplateError(
        `${file}: unknown template; expected one of ${templateNames.map((known) => known + extension).join(', ')}`,
      )
    }
    sources.set(name, await readFile(join(directory, file), 'utf8'))
  }
  return sources
}
