import { byText } from '../diagnostics.ts'
import type { Diagnostic } from '../diagnostics.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import { translator } from '../translate/translate.ts'
import type { Translation } from '../translate/translation.ts'
import type { EndpointUpdates } from './endpoint-updates.ts'
import { externalProblems, toldNames } from './external-problems.ts'
import { QualifiedNames } from './qualified-names.ts'
import type { QualifiedNamesSettings } from './qualified-names.ts'

export interface Translator {
  translate(snapshot: Snapshot): Promise<Translation>
  close(): void
}

/** Translates what the cluster says together with what DNS says of external names. */
export function translatorWithDns({
  updates,
  ...settings
}: QualifiedNamesSettings & { readonly updates: EndpointUpdates | undefined }): Translator {
  const translate = translator(settings.options)
  if (updates === undefined) {
    const names = new QualifiedNames(settings)
    return {
      translate: async (snapshot) => {
        const translation = translate(await names.qualified(snapshot))
        if (!names.follow(translation.urlHosts))
          return withProblems(translation, names.diagnostics())
        const again = translate(await names.qualified(snapshot))
        return withProblems(again, names.diagnostics())
      },
      close: () => names.close(),
    }
  }
  return {
    translate: (snapshot) => {
      const translation = translate(snapshot)
      updates.take(translation)
      const told = toldNames(translation.endpoints.values(), snapshot)
      const problems = externalProblems(told, updates.externals, 'requests for it answer 503')
      return Promise.resolve(withProblems(translation, problems))
    },
    close: () => undefined,
  }
}

const withProblems = (translation: Translation, more: readonly Diagnostic[]): Translation =>
  more.length === 0
    ? translation
    : { ...translation, diagnostics: [...translation.diagnostics, ...more].sort(byText) }
