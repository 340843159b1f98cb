// A process of its own for each sample: code that nobody has run yet is what a start is made of.
//
//   node bench/support/translate-once.ts OBJECTS.json

import { readFileSync } from 'node:fs'
import { Store } from '../../src/cluster/store.ts'
import { everyAbility } from '../../src/model/abilities.ts'
import type { KubernetesObject } from '../../src/objects/kinds.ts'
import { keyOf } from '../../src/objects/meta.ts'
import { render } from '../../src/render/render.ts'
import { builtinTemplates } from '../../src/templates/templates.ts'
import { translator } from '../../src/translate/translate.ts'
import { decoded, optionsAt } from './translation.ts'
import type { Raw } from './workload.ts'

/** Processor time of the one thread that does it all. */
export interface TranslateTimes {
  /** The floor: reading the objects as JSON. */
  readonly jsonMs: number
  readonly decodeMs: number
  readonly coldMs: number
  readonly coldTranslateMs: number
  readonly ingressChangedMs: readonly number[]
  readonly endpointsChangedMs: readonly number[]
}

const [, , path = ''] = process.argv
const text = readFileSync(path, 'utf8')
const options = optionsAt({
  stateDir: '/var/run/sluice',
  abilities: everyAbility,
  httpPort: 8080,
  httpsPort: 8443,
  statusPort: 10246,
})
const translate = translator(options)
const templates = builtinTemplates()
const store = new Store()
const put = (object: KubernetesObject): void =>
  store.apply([{ kind: object.kind, key: keyOf(object), object }])

const [raws, jsonMs] = timed(() => JSON.parse(text) as Raw[])
const [objects, decodeMs] = timed(() => raws.map(decoded))
store.apply(objects.map((object) => ({ kind: object.kind, key: keyOf(object), object })))

const [translation, coldTranslateMs] = timed(() => translate(store.snapshot()))
const [first, renderMs] = timed(() => render(translation.config, templates))
let digest = first.digest
const [ingress] = raws.filter(({ kind }) => kind === 'Ingress').slice(-7)
const [slice] = raws.filter(({ kind }) => kind === 'EndpointSlice').slice(-7)
if (ingress === undefined || slice === undefined) throw new Error('the workload is too small')

const times: TranslateTimes = {
  jsonMs,
  decodeMs,
  coldMs: coldTranslateMs + renderMs,
  coldTranslateMs,
  ingressChangedMs: turns((turn) => ({
    ...ingress,
    metadata: {
      ...ingress.metadata,
      annotations: {
        ...(ingress.metadata['annotations'] as object),
        'nginx.ingress.kubernetes.io/proxy-body-size': `${turn + 1}m`,
      },
    },
  })),
  endpointsChangedMs: turns((turn) => ({
    ...slice,
    endpoints: [{ addresses: [`10.200.0.${turn + 1}`], conditions: { ready: true } }],
  })),
}
process.stdout.write(JSON.stringify(times))

function turns(change: (turn: number) => Raw): number[] {
  return Array.from({ length: 12 }, (_, turn) => {
    put(decoded(change(turn)))
    const [bundle, ms] = timed(() => render(translate(store.snapshot()).config, templates))
    if (bundle.digest === digest) throw new Error('the change changed nothing')
    digest = bundle.digest
    return ms
  })
}

/** Processor time of this thread: what other work there is on the machine does not count. */
function timed<T>(work: () => T): [T, number] {
  const before = process.threadCpuUsage()
  const result = work()
  const { user, system } = process.threadCpuUsage(before)
  return [result, (user + system) / 1_000]
}
