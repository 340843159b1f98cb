import type { Config } from '../model/config.ts'
import type { Bundle } from './bundle.ts'

/** The names of the templates, which are those of the files in `templates/`. */
export const templateNames = ['nginx.conf', 'upstream', 'server', 'location', 'directives'] as const
export type TemplateName = (typeof templateNames)[number]

/** Compiled templates: a view in, text out. */
export type Templates = (view: object) => string

export function render(_config: Config, _templates: Templates): Bundle {
  throw new Error('not written yet')
}
