import { table as settings } from '../../settings/table.ts'
import { unsupported } from '../../settings/unsupported.ts'
import { code, generated, names, page, table } from './markdown.ts'

/** docs/configuration.md */
export function configurationPage(): string {
  const entries = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1))
  return page(
    generated('src/settings/'),
    '# The ConfigMap',
    'Settings for all Ingresses stand in the ConfigMap that `--configmap=NAMESPACE/NAME` names: in the bundled ' +
      'manifests `sluice/nginx-configuration`. Keys, values and defaults are those of ingress-nginx. A change ' +
      'is followed at once; nothing has to be restarted.',
    'Values are strings, so numbers and booleans need quotes. A value that is not what is expected is reported, ' +
      'and the last column says what counts instead. An unknown key is reported with the nearest ' +
      'one that exists. Where an Ingress has an annotation for the same thing, the annotation counts for its paths.',
    `## The ${entries.length} keys that this version implements`,
    table(
      ['Key', 'What it does', 'Expected', 'Default', 'Another value'],
      entries.map(([key, entry]) => [
        [key, ...entry.aliases].map(code).join(' or '),
        entry.summary,
        entry.value.expected,
        entry.default === '' ? 'empty' : code(entry.default),
        entry.closed?.meaning ?? 'the default',
      ]),
    ),
    '## Not implemented yet',
    `These ${unsupported.size} keys of ingress-nginx are known and not implemented. One of them in the ConfigMap ` +
      'is reported as a warning and has no effect:',
    names(unsupported),
  )
}
