// Whoever reads nginx.conf learns from each line that an annotation caused which one it was: every
// annotation of every case, and of the registry, is taken away, and what is gone then must have named it.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { annotations, annotationsByName } from '../src/annotations/registry.ts'
import type { Ingress, KubernetesObject } from '../src/objects/kinds.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import type { TranslateOptions } from '../src/translate/translation.ts'
import { withBasics } from './support/snapshots.ts'
import { manifest, optionsOf, translated } from './support/translated.ts'
import { withAnnotation } from './support/with-annotation.ts'

interface Line {
  readonly text: string
  /** What stands behind it: an annotation, an object, or a reason. */
  readonly comment: string | undefined
  /** The lines in its braces. */
  readonly block: readonly Line[] | undefined
}

/** The lines of an nginx.conf as Sluice prints it, without comments that stand alone. */
function linesOf(text: string): readonly Line[] {
  const top: Line[] = []
  const open = [top]
  for (const printed of text.split('\n')) {
    const [, line = '', brace, comment] = /^ *(.*?)(;| \{)(?: # (.*))?$/.exec(printed) ?? []
    if (/^ *\}$/.test(printed)) open.pop()
    if (brace === undefined || /^ *#/.test(printed)) continue
    const block: Line[] | undefined = brace === ';' ? undefined : []
    open.at(-1)?.push({ text: line, comment, block })
    if (block !== undefined) open.push(block)
  }
  return top
}

/** Above them a comment names the object that they are of. */
const structure =
  /^(?:http|events|server|location .*|upstream .*|zone .*|resolver .*|keepalive.*|proxy_pass http:.*|listen .*|server_name .*|server .*|return 200 [0-9a-f]{64})$/
/** Names of upstreams, and what many hosts have in common. */
const isShared = ({ text, block = [] }: Line): boolean =>
  text === 'map $proxy_host $proxy_upstream_name' ||
  (text === 'server' && !block.some((line) => line.text.startsWith('location ')))

/** nginx has names of their own for gRPC. Where one header is another, all headers stand again. */
const inherited = (text: string): string => text.replace(/^grpc_/, 'proxy_')

interface Known {
  /** What stands in nginx.conf without the annotation. */
  readonly lines: ReadonlySet<string>
  /** The annotations that somebody wrote. */
  readonly annotations: ReadonlySet<string>
}

/** The lines that are new and do not say why they stand there, or say it wrongly. */
function silent(lines: readonly Line[], known: Known): readonly string[] {
  return lines.flatMap((line) => {
    const { text, comment, block = [] } = line
    if (isShared(line)) return []
    const inside = silent(block, known)
    if (structure.test(text) || known.lines.has(inherited(text))) return inside
    if (comment === undefined)
      return block.length > 0 && inside.length === 0 ? [] : [text, ...inside]
    const named = annotationsByName.get(comment)
    return named === undefined || known.annotations.has(named.name) ? [] : [`${text} # ${comment}`]
  })
}

const textsOf = (lines: readonly Line[]): readonly string[] =>
  lines.flatMap(({ text, block = [] }) => [inherited(text), ...textsOf(block)])

/** What an annotation causes in silence that `objects` have and `without` do not. */
function causedInSilence(
  objects: readonly KubernetesObject[],
  without: readonly KubernetesObject[],
  options: TranslateOptions,
): readonly string[] {
  const linesFor = (of: readonly KubernetesObject[]): readonly Line[] =>
    linesOf(translated(snapshotOf(of), options).text)
  const given = objects.flatMap((each) =>
    each.kind === 'Ingress' ? [...each.annotations.keys()] : [],
  )
  const names = given.map((key) => annotationsByName.get(nameOf(key))?.name ?? '')
  return silent(linesFor(objects), {
    lines: new Set(textsOf(linesFor(without))),
    annotations: new Set(names),
  })
}

/** Without the prefix. */
const nameOf = (annotation: string): string => annotation.split('/')[1] ?? ''

const folder = fileURLToPath(new URL('translate', import.meta.url))
const modes = (flags: readonly string[] = []) =>
  (['reload', 'resolve'] as const).map((endpointUpdates) => ({
    ...optionsOf(flags),
    endpointUpdates,
  }))

for (const name of readdirSync(folder).sort())
  void suite(name, () => {
    const { objects } = manifest(readFileSync(join(folder, name, 'in.yaml'), 'utf8'))
    const flags = join(folder, name, 'flags')
    const given = existsSync(flags) ? readFileSync(flags, 'utf8').split('\n') : []
    const options = modes(given.filter((line) => line.startsWith('-')))
    const ingresses = objects.filter((each): each is Ingress => each.kind === 'Ingress')
    for (const ingress of ingresses)
      for (const [annotation] of ingress.annotations) {
        if (!annotationsByName.has(nameOf(annotation))) continue
        void test(`${ingress.name}: ${annotation}`, () => {
          const rest = new Map(ingress.annotations)
          rest.delete(annotation)
          const without = objects.map((each) =>
            each === ingress ? { ...ingress, annotations: rest } : each,
          )
          for (const each of options) assert.deepEqual(causedInSilence(objects, without, each), [])
        })
      }
  })

void suite('examples of the registry', () => {
  for (const [name, { field }] of annotations)
    void test(name, () => {
      for (const each of modes())
        assert.deepEqual(
          causedInSilence(
            withBasics(...withAnnotation(name, field.accepts[0])),
            withBasics(...withAnnotation(name, '')),
            each,
          ),
          [],
        )
    })
})
