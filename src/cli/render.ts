import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readManifests } from '../cluster/read-manifests.ts'
import { withinScope } from '../cluster/within-scope.ts'
import { RefusedKeys } from '../controller/refused-keys.ts'
import { resolvConf } from '../controller/resolv-conf.ts'
import { translateOptions } from '../controller/translate-options.ts'
import { withAddresses } from '../controller/with-addresses.ts'
import { diagnosticText } from '../diagnostics.ts'
import type { Diagnostic } from '../diagnostics.ts'
import { createLogger, errorText } from '../log.ts'
import { everyAbility } from '../model/abilities.ts'
import type { Abilities } from '../model/abilities.ts'
import { ensureFallbackCertificate } from '../nginx/fallback-certificate.ts'
import { temporaryDirectory } from '../nginx/files.ts'
import { writeKeyFiles } from '../nginx/key-files.ts'
import { program } from '../nginx/program.ts'
import { stateDirAt } from '../nginx/state-dir.ts'
import type { Ingress } from '../objects/kinds.ts'
import { keyOf } from '../objects/meta.ts'
import type { Key } from '../objects/meta.ts'
import { snapshotOf } from '../objects/snapshot.ts'
import type { Snapshot } from '../objects/snapshot.ts'
import { renderFlags } from '../options/command-flags.ts'
import type { RenderOptions } from '../options/command-flags.ts'
import { refuseConflicts } from '../options/conflicts.ts'
import { parse } from '../options/parse.ts'
import type { Bundle } from '../render/bundle.ts'
import { render } from '../render/render.ts'
import type { Templates } from '../render/render.ts'
import { builtinTemplates, TemplateError } from '../templates/templates.ts'
import { watchTemplates } from '../templates/watch.ts'
import { translator } from '../translate/translate.ts'
import type { TranslateOptions } from '../translate/translation.ts'
import { check } from './check.ts'
import { scopeOf } from './scope.ts'
import { summary } from './summary.ts'

/** `sluice render` */
export async function run(args: readonly string[]): Promise<number> {
  const { options, given } = parse(renderFlags, args, process.env)
  refuseConflicts(options)
  const paths = options.filename.length === 0 ? ['-'] : options.filename
  const { objects, diagnostics } = withinScope(await readManifests(paths), scopeOf(options))
  const snapshot = snapshotOf(objects, diagnostics)
  let scratch: string | undefined
  try {
    scratch = await temporaryDirectory('sluice-render')
    return await printed(snapshot, options, given.has('nginx') || options.check, scratch)
  } catch (error) {
    if (!(error instanceof TemplateError) && !isOfTheWorld(error)) throw error
    process.stderr.write(`error: ${errorText(error)}\n`)
    return 1
  } finally {
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true })
  }
}

/** Translates and prints; 1 if anything is wrong. */
async function printed(
  snapshot: Snapshot,
  options: RenderOptions,
  isNginxNeeded: boolean,
  scratch: string,
): Promise<number> {
  const [configmap, ...unclear] = configmapIn(snapshot, options.configmap)
  const templates = await templatesOf(options)
  const abilities = await abilitiesOf(options.nginx, isNginxNeeded, scratch)
  const stateDir = resolve(options['state-dir'] ?? options.output ?? '/var/run/sluice')
  const translation = translateOptions(
    { ...options, configmap, 'state-dir': stateDir },
    {
      abilities,
      allowLoopbackEndpoints: true,
      appliesDefaultClass: true,
      logs: 'stdio',
      nameservers: resolvConf().nameservers,
      endpointUpdates: options['endpoint-updates'] === 'resolve' ? 'resolve' : 'reload',
      workerUser: undefined,
    },
  )
  const { bundle, found, served } = bundleOf(snapshot, translation, templates)
  const keys = new RefusedKeys(configmap)
  const refused = options.check
    ? await check(
        options.nginx,
        (changes) => bundleOf(keys.told(snapshot), { ...translation, ...changes }, templates),
        keys,
        scratch,
        options.output === undefined ? 'nginx.conf' : join(options.output, 'nginx.conf'),
      )
    : []

  if (options.output === undefined) process.stdout.write(bundle.files.get('nginx.conf') ?? '')
  else await writeBundle(bundle, options.output)
  const all = [...found, ...unclear, ...refused]
  for (const each of all) process.stderr.write(`${each.severity}: ${diagnosticText(each)}\n`)
  process.stderr.write(`${summary(snapshot.ingresses, served, all)}\n`)
  return all.some(({ severity }) => severity === 'error') ? 1 : 0
}

interface Rendered {
  readonly bundle: Bundle
  readonly found: readonly Diagnostic[]
  readonly served: readonly Ingress[]
}

function bundleOf(snapshot: Snapshot, options: TranslateOptions, templates: Templates): Rendered {
  const { config, diagnostics, endpoints, served } = translator(options)(snapshot)
  const addresses = new Map(
    [...endpoints.values()].map((each) => [each.upstream, each.addresses] as const),
  )
  return { bundle: render(withAddresses(config, addresses), templates), found: diagnostics, served }
}

/** The ConfigMap that counts: the one that is named, else the only one called nginx-configuration. */
function configmapIn(
  { configMaps }: Snapshot,
  named: Key | undefined,
): readonly [Key | undefined, ...Diagnostic[]] {
  if (named !== undefined) return [named]
  const name = 'nginx-configuration'
  const usual = [...configMaps.values()].filter((each) => each.name === name).map(keyOf)
  if (usual.length <= 1) return [usual[0]]
  const unclear: Diagnostic = {
    code: 'configmap-not-found',
    severity: 'error',
    object: { kind: 'ConfigMap', namespace: '', name },
    problem: `there are several, ${usual.sort().join(', ')}, and no --configmap that names one`,
    instead: 'the default of every key counts',
  }
  return [undefined, unclear]
}

async function templatesOf(options: RenderOptions): Promise<Templates> {
  const dir = options['template-dir']
  if (dir === undefined) return builtinTemplates()
  const once = new AbortController()
  try {
    return await watchTemplates(dir, createLogger(0), () => undefined, once.signal)
  } finally {
    once.abort()
  }
}

/** Those of the nginx at hand; where there is none and none was asked for, those of a recent one. */
async function abilitiesOf(nginx: string, isNeeded: boolean, scratch: string): Promise<Abilities> {
  try {
    return await program(nginx).abilities(scratch)
  } catch (error) {
    if (isNeeded) throw new Error(`--nginx: cannot ask ${nginx}`, { cause: error })
    return everyAbility
  }
}

/** What nginx needs to serve the bundle from `dir`. */
async function writeBundle(bundle: Bundle, dir: string): Promise<void> {
  try {
    for (const each of ['tls', 'auth', 'tmp'])
      await mkdir(join(dir, each), { recursive: true, mode: 0o700 })
    await ensureFallbackCertificate(dir)
    await writeKeyFiles(stateDirAt(dir), bundle.keyFiles)
    for (const [path, text] of bundle.files) await writeFile(join(dir, path), text)
  } catch (cause) {
    throw new Error(`--output: ${dir} cannot be written`, { cause })
  }
}

/** The file system or nginx refused something; anything else is a bug. */
const isOfTheWorld = (error: unknown): boolean =>
  error instanceof Error && (error.cause !== undefined || 'syscall' in error)
