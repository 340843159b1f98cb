import { runFlags } from './flags.ts'
import type { Options } from './flags.ts'
import type { Parsed } from './parse.ts'

/** What a user must know of flags that do not do here what they do in ingress-nginx. */
export interface OptionWarning {
  /** Constant text, for a log. */
  readonly message: string
  readonly flags: readonly string[]
}

/** At most one line for each reason. */
export function warningsOf({
  options,
  given,
}: Pick<Parsed<typeof runFlags>, 'options' | 'given'>): OptionWarning[] {
  const flags = (effect: string, isMeant: (name: string, text: string) => boolean): string[] =>
    [...given].flatMap(([name, text]) => {
      const flag = Object.entries(runFlags).find(([known]) => known === name)?.[1]
      return flag?.effect === effect && isMeant(name, text) ? [`--${name}`] : []
    })
  const isSet = (name: string): boolean => !isDefault(name as keyof Options, options)

  const warnings: OptionWarning[] = [
    {
      message: 'accepted flags that have no meaning for Sluice',
      flags: flags('none', () => true),
    },
    {
      message: 'accepted flags whose feature this version does not have yet',
      flags: flags('later', isSet),
    },
    {
      message: 'kept annotation validation on: it cannot be switched off',
      flags: options['enable-annotation-validation'] ? [] : ['--enable-annotation-validation'],
    },
  ]
  return warnings.filter(({ flags }) => flags.length > 0)
}

function isDefault(name: keyof Options, options: Options): boolean {
  const { default: text, value } = runFlags[name]
  const fallback = text === undefined ? undefined : value.schema.parse(text)
  return JSON.stringify(options[name]) === JSON.stringify(fallback)
}
