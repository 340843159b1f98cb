import type { Failure } from '../../annotations/feature.ts'
import { annotations } from '../../annotations/registry.ts'
import type { Annotation } from '../../annotations/registry.ts'
import { unsupported } from '../../annotations/unsupported.ts'
import { runFlags } from '../../options/flags.ts'
import { code, generated, names, page, table } from './markdown.ts'

const consequences: Readonly<Record<Failure, string>> = {
  default: 'as if it were absent',
  deny: 'the paths of the Ingress answer 503',
  refuse: 'the Ingress is not served',
}

/** docs/annotations.md */
export function annotationsPage(): string {
  return page(
    generated('src/annotations/'),
    '# Annotations',
    `Annotations of an Ingress start with \`${runFlags['annotations-prefix'].default}/\`, unless ` +
      '`--annotations-prefix` says otherwise. Names, values and defaults are those of ingress-nginx.',
    'A value that is not what is expected never reaches nginx. It is reported with the object, the field, ' +
      'what was expected and what happens instead, which the last column says. White space around a value ' +
      'does not count, and an empty value is no value. `"true"` and `"false"` have the other spellings that ' +
      'ingress-nginx takes, too: `1`, `t`, `T`, `TRUE`, `True`, `0`, `f`, `F`, `FALSE`, `False`.',
    `## The ${annotations.size} that this version implements`,
    table(
      ['Annotation', 'What it does', 'Expected', 'Example', 'Another value'],
      [...annotations].sort(([a], [b]) => (a < b ? -1 : 1)).map(row),
    ),
    '## Not implemented yet',
    `These ${unsupported.size} annotations of ingress-nginx are known and not implemented. What happens to an ` +
      'Ingress that sets one depends on what the annotation is for; it is reported in every case. Set to ' +
      '`"false"` an annotation asks for nothing, and nothing happens.',
    'What protects fails closed. **The paths of the Ingress answer 503**, because a route without its ' +
      'protection must not exist:',
    names(having('deny')),
    '**The Ingress is not served**, because it carries text for nginx.conf, which may protect. Where another ' +
      'Ingress would take its paths, they answer 503:',
    names(having('refuse')),
    '**The annotation has no effect**, and the Ingress is served without it:',
    names(having('default')),
    'Any other name after the prefix has no effect either. It is reported with the nearest name that exists.',
  )
}

const having = (failure: Failure): readonly string[] =>
  [...unsupported].flatMap(([name, each]) => (each === failure ? [name] : []))

const row = ([name, { field }]: readonly [string, Annotation]): readonly string[] => [
  [name, ...(field.aliases ?? [])].map(code).join(' or '),
  field.summary,
  field.value.expected,
  code(field.accepts[0]),
  consequences[field.onInvalid ?? 'default'],
]
