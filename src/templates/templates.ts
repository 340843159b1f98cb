import { readFileSync } from 'node:fs'
import Handlebars from 'handlebars'
import { errorText } from '../log.ts'
import { templateNames } from '../render/render.ts'
import type { TemplateName, Templates } from '../render/render.ts'
import { byShape } from './shapes.ts'

export type TemplateSources = ReadonlyMap<TemplateName, string>

/** A template that cannot be used; the message names the file and the place. */
export class TemplateError extends Error {}

export const extension = '.hbs'

/** Where the built-in templates are: `templates/` of a checkout, or beside the bundled program. */
const builtinDirectories = [
  new URL('../../templates/', import.meta.url),
  new URL('./templates/', import.meta.url),
]

let builtinSources: TemplateSources | undefined

/** The sources of the templates that come with Sluice. */
export function readBuiltins(): TemplateSources {
  builtinSources ??= new Map(templateNames.map((name) => [name, readBuiltin(name)]))
  return builtinSources
}

function readBuiltin(name: TemplateName): string {
  for (const directory of builtinDirectories) {
    try {
      return readFileSync(new URL(`${name}${extension}`, directory), 'utf8')
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
  throw new Error(`template ${name}${extension} is missing from the installation`)
}

/** The templates that come with Sluice. */
export function builtinTemplates(): Templates {
  return compile(readBuiltins())
}

/**
 * Templates compiled so that a mistake in one cannot go unnoticed: a field that a view does not have
 * is an error (`strict`), only built-in helpers and `words` exist, and nothing is escaped for HTML.
 */
export function compile(sources: TemplateSources): Templates {
  const handlebars = Handlebars.create()
  handlebars.registerHelper('words', (words: unknown) => {
    if (!Array.isArray(words)) throw new TemplateError('words: expected an array')
    return words.join(' ')
  })
  const options: CompileOptions = {
    noEscape: true,
    strict: true,
    knownHelpersOnly: true,
    knownHelpers: { words: true, each: true, if: true, unless: true, with: true },
  }
  const compiled = new Map<TemplateName, HandlebarsTemplateDelegate>()
  for (const name of templateNames) {
    const source = sources.get(name) ?? ''
    try {
      Handlebars.precompile(source, options) // parses now; compile() would wait for the first use
      const whole = handlebars.compile(source, options)
      const template = name === 'directives' ? byShape(whole) : whole
      compiled.set(name, template)
      handlebars.registerPartial(name, template)
    } catch (error) {
      throw new TemplateError(`${name}${extension}: ${errorText(error)}`, { cause: error })
    }
  }
  const print =
    (name: TemplateName) =>
    (view: object): string => {
      try {
        return (compiled.get(name)?.(view) ?? '').trimEnd()
      } catch (error) {
        throw new TemplateError(`${name}${extension}: ${errorText(error)}`, { cause: error })
      }
    }
  const config = print('nginx.conf')
  return {
    config: (view) => `${config(view)}\n`,
    directives: print('directives'),
    upstream: print('upstream'),
    server: print('server'),
  }
}
