import { withoutDuplicates } from '../../src/cluster/duplicates.ts'
import { parseManifests } from '../../src/cluster/parse-manifests.ts'
import { translateOptions } from '../../src/controller/translate-options.ts'
import type { Facts } from '../../src/controller/translate-options.ts'
import { diagnosticText } from '../../src/diagnostics.ts'
import { everyAbility } from '../../src/model/abilities.ts'
import type { KubernetesObject } from '../../src/objects/kinds.ts'
import { snapshotOf } from '../../src/objects/snapshot.ts'
import type { Snapshot } from '../../src/objects/snapshot.ts'
import { renderFlags } from '../../src/options/command-flags.ts'
import { parse } from '../../src/options/parse.ts'
import type { Bundle } from '../../src/render/bundle.ts'
import { render } from '../../src/render/render.ts'
import { builtinTemplates } from '../../src/templates/templates.ts'
import { translator } from '../../src/translate/translate.ts'
import type { Translate } from '../../src/translate/translate.ts'
import type { Translation, TranslateOptions } from '../../src/translate/translation.ts'

/** Where tests render to unless a real nginx is to read the result. */
const fixed = ['--state-dir=/var/run/sluice', '--http-port=8080', '--https-port=8443']

const facts: Facts = {
  abilities: everyAbility,
  allowLoopbackEndpoints: false,
  appliesDefaultClass: true,
  logs: 'files',
  nameservers: ['10.96.0.10'],
  workerUser: undefined,
}

/** The options that `flags` give, on an nginx that can everything. */
export function optionsOf(flags: readonly string[] = []): TranslateOptions {
  return translateOptions(
    { ...parse(renderFlags, [...fixed, ...flags], {}).options, 'state-dir': '/var/run/sluice' },
    facts,
  )
}

/** The objects of a manifest, and the Diagnostics of what in it is no object. */
export function manifest(text: string): {
  readonly objects: readonly KubernetesObject[]
  readonly snapshot: Snapshot
} {
  const read = parseManifests(text, 'in.yaml', 0)
  const unique = withoutDuplicates(read.objects)
  return {
    objects: unique.objects,
    snapshot: snapshotOf(unique.objects, [...read.diagnostics, ...unique.diagnostics]),
  }
}

const templates = builtinTemplates()

export interface Translated extends Translation {
  readonly bundle: Bundle
  /** nginx.conf */
  readonly text: string
  /** One line for each Diagnostic, with its severity and code. */
  readonly complaints: string
}

/** From objects to the text that nginx reads. */
export const translated = (snapshot: Snapshot, options = optionsOf()): Translated =>
  translatedBy(translator(options), snapshot)

/** The same by a translator that may remember earlier Snapshots. */
export function translatedBy(translate: Translate, snapshot: Snapshot): Translated {
  const translation = translate(snapshot)
  const bundle = render(translation.config, templates)
  return {
    ...translation,
    bundle,
    text: bundle.files.get('nginx.conf') ?? '',
    complaints: translation.diagnostics
      .map((each) => `${each.severity} ${each.code} ${diagnosticText(each)}\n`)
      .join(''),
  }
}
