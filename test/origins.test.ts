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
import { directiveOf, http, linesOf, placeIn, Places, root } from './support/placed-lines.ts'
import type { Line, Place } from './support/placed-lines.ts'
import { withBasics } from './support/snapshots.ts'
import { manifest, optionsOf, translated } from './support/translated.ts'
import { everythingOver, withAnnotation } from './support/with-annotation.ts'

/** What follows from the object that the comment above the block names. */
const ofObject =
  /^(?:listen|server_name|server|zone|keepalive|keepalive_requests|keepalive_time|keepalive_timeout) /

/** What follows from all hosts and upstreams together. */
const isOfAll = ({ text, block = [] }: Line): boolean =>
  /^(?:map \$proxy_host \$proxy_upstream_name|resolver .*|return 200 [0-9a-f]{64})$/.test(text) ||
  (text === 'server' && !block.some((line) => line.text.startsWith('location ')))

interface Known {
  /** nginx.conf without the annotation. */
  readonly without: Places
  /** nginx.conf without any annotation of the Ingress. */
  readonly bare: Places
  /** nginx.conf without another annotation. */
  readonly withoutOther: (name: string) => Places
  /** Whether the annotation is named, or one that means something together with it. */
  readonly isOwn: (comment: string) => boolean
}

const isKnown = ({ without, bare }: Known, place: Place, text: string): boolean =>
  without.hasLine(place, text) ||
  // what stands there by itself, and something else that the annotation lifts had kept it away
  (bare.hasLine(place, text) && !without.hasSingle(place, text)) ||
  // a location whose path is compared in another way
  (!without.has(place) && without.hasLineInAnyLocation(place, text))

/**
 * Whether `comment` says why a line is new: because of the annotation, or because of another one, without
 * which it is gone as well, in the place of nothing.
 */
function isReason(comment: string, known: Known, place: Place, text: string): boolean {
  if (comment === 'no ready endpoint' || known.isOwn(comment)) return true
  return (
    !known.without.hasSingle(place, text) &&
    comment
      .split(', ')
      .every((one) => annotationsByName.has(one) && !known.withoutOther(one).hasLine(place, text))
  )
}

/** nginx inherits all headers from http or none: who has one of his own repeats the list. */
const isRepeated = ({ without }: Known, text: string, beside: readonly Line[]): boolean =>
  /^\w+_header /.test(text) &&
  without.hasLine(http, text) &&
  beside.some((line) => line.comment !== undefined && directiveOf(line.text) === directiveOf(text))

/** The lines that are new and do not say why they stand there, or say it wrongly. */
function silent(known: Known, lines: readonly Line[], place: Place = root): readonly string[] {
  return lines.flatMap((line) => {
    const { text, comment, block } = line
    if (isOfAll(line)) return []
    const inside = silent(known, block ?? [], placeIn(place, line))
    if (isKnown(known, place, text) || isRepeated(known, text, lines)) return inside
    if (comment !== undefined)
      return isReason(comment, known, place, text) ? [] : [`${text} # ${comment}`]
    if (place.isNamed ? ofObject.test(text) || line.isNamed : line.isNamed) return inside
    // what its lines say is enough for an `if` or a map
    return block === undefined || inside.length > 0 ? [text, ...inside] : []
  })
}

/** Without the prefix. */
const nameOf = (annotation: string): string => annotation.split('/')[1] ?? ''

/** `objects` without what `isGone` says of an annotation. */
const less = (
  objects: readonly KubernetesObject[],
  isGone: (name: string, ingress: Ingress) => boolean,
): readonly KubernetesObject[] =>
  objects.map((one) =>
    one.kind === 'Ingress'
      ? {
          ...one,
          annotations: new Map([...one.annotations].filter(([key]) => !isGone(nameOf(key), one))),
        }
      : one,
  )

/** What an annotation of an Ingress of this name causes in silence. */
function causedInSilence(
  objects: readonly KubernetesObject[],
  annotation: string,
  of: (ingress: Ingress) => boolean,
  options: TranslateOptions,
): readonly string[] {
  const linesFor = (some: readonly KubernetesObject[]): readonly Line[] =>
    linesOf(translated(snapshotOf(some), options).text)
  const placesWithout = (isGone: Parameters<typeof less>[1]): Places =>
    new Places(linesFor(less(objects, isGone)))
  const feature = annotationsByName.get(annotation)?.feature
  const known: Known = {
    without: placesWithout((name, ingress) => name === annotation && of(ingress)),
    bare: placesWithout((_, ingress) => of(ingress)),
    withoutOther: (other) => placesWithout((name) => name === other),
    isOwn: (comment) =>
      comment
        .replace(/^canary of .*/, 'canary')
        .split(', ')
        .some((one) => annotationsByName.get(one)?.feature === feature),
  }
  return silent(known, linesFor(objects))
}

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
    for (const one of objects.filter((each): each is Ingress => each.kind === 'Ingress'))
      for (const annotation of [...one.annotations.keys()].map(nameOf)) {
        if (!annotationsByName.has(annotation)) continue
        const isIt = ({ namespace, name }: Ingress): boolean =>
          namespace === one.namespace && name === one.name
        void test(`${one.name}: ${annotation}`, () => {
          for (const each of options)
            assert.deepEqual(causedInSilence(objects, annotation, isIt, each), [])
        })
      }
  })

void suite('examples of the registry', () => {
  for (const [name, { field }] of annotations)
    void test(name, () => {
      const objects = withBasics(...withAnnotation(name, field.accepts[0]))
      for (const each of modes())
        assert.deepEqual(
          causedInSilence(objects, name, () => true, each),
          [],
        )
    })
})

for (const protocol of ['HTTP', 'HTTPS', 'GRPC', 'GRPCS'])
  void suite(`beside all others, over ${protocol}`, () => {
    const one = everythingOver(protocol)
    for (const annotation of [...one.annotations.keys()].map(nameOf))
      void test(annotation, () => {
        for (const each of modes())
          assert.deepEqual(
            causedInSilence(withBasics(one), annotation, () => true, each),
            [],
          )
      })
  })
