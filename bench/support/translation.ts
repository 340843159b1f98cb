import { translateOptions } from '../../src/controller/translate-options.ts'
import type { Abilities } from '../../src/model/abilities.ts'
import { decode } from '../../src/objects/decode.ts'
import type { KubernetesObject } from '../../src/objects/kinds.ts'
import { snapshotOf } from '../../src/objects/snapshot.ts'
import { runFlags } from '../../src/options/flags.ts'
import { parse } from '../../src/options/parse.ts'
import type { Bundle } from '../../src/render/bundle.ts'
import { render } from '../../src/render/render.ts'
import { builtinTemplates } from '../../src/templates/templates.ts'
import { translator } from '../../src/translate/translate.ts'
import type { TranslateOptions } from '../../src/translate/translation.ts'
import type { Raw } from './workload.ts'

export interface Place {
  readonly stateDir: string
  readonly abilities: Abilities
  readonly httpPort: number
  readonly httpsPort: number
  readonly statusPort: number
  readonly configmap?: string
}

/** The options of `sluice run` in child mode, with everything else at its default. */
export function optionsAt(place: Place): TranslateOptions {
  const flags = [
    `--state-dir=${place.stateDir}`,
    `--http-port=${place.httpPort}`,
    `--https-port=${place.httpsPort}`,
    `--status-port=${place.statusPort}`,
    ...(place.configmap === undefined ? [] : [`--configmap=${place.configmap}`]),
  ]
  return translateOptions(parse(runFlags, flags, {}).options, {
    abilities: place.abilities,
    allowLoopbackEndpoints: true,
    appliesDefaultClass: false,
    logs: 'files',
    nameservers: [],
    workerUser: process.getuid?.() === 0 ? 'root' : undefined,
  })
}

/** Throws for an object or a translation with an error: a measurement of that would mean nothing. */
export function decoded(raw: Raw): KubernetesObject {
  const result = decode(raw.kind, raw)
  if ('object' in result) return result.object
  throw new Error('the workload has a broken object', { cause: result.diagnostics })
}

export function bundleOf(objects: readonly Raw[], place: Place): Bundle {
  const { config, diagnostics } = translator(optionsAt(place))(snapshotOf(objects.map(decoded)))
  const [error] = diagnostics.filter(({ severity }) => severity === 'error')
  if (error !== undefined) throw new Error('the workload has an error', { cause: error })
  return render(config, builtinTemplates())
}
