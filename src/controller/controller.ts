import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ObjectSource } from '../cluster/source.ts'
import { errorText } from '../log.ts'
import type { Logger } from '../log.ts'
import { resolverHosts } from '../model/loopback.ts'
import { ensureFallbackCertificate } from '../nginx/fallback-certificate.ts'
import { child } from '../nginx/child.ts'
import type { Instance } from '../nginx/instance.ts'
import { mostOpenFiles } from '../nginx/open-files.ts'
import { sidecar } from '../nginx/sidecar.ts'
import { makeStateDir } from '../nginx/state-dir.ts'
import { accepts, workersOf } from '../nginx/processes.ts'
import { program } from '../nginx/program.ts'
import { publish } from '../nginx/publish.ts'
import type { Outcome } from '../nginx/publish.ts'
import type { Options, TranslationOptions } from '../options/flags.ts'
import type { Bundle } from '../render/bundle.ts'
import { render } from '../render/render.ts'
import type { Templates } from '../render/render.ts'
import { builtinTemplates } from '../templates/templates.ts'
import { startResolver } from '../resolver/resolver.ts'
import type { Resolver } from '../resolver/resolver.ts'
import { EndpointUpdates } from './endpoint-updates.ts'
import { Heap } from './heap.ts'
import { Loop } from './loop.ts'
import { isCrowded } from './pacing.ts'
import { RefusedKeys } from './refused-keys.ts'
import type { ResolvConf } from './resolv-conf.ts'
import { translateOptions } from './translate-options.ts'
import { translatorWithDns } from './translator-with-dns.ts'

export interface ControllerSettings {
  readonly options: TranslationOptions & Pick<Options, 'endpoint-updates'>
  readonly source: ObjectSource
  readonly mode: 'sidecar' | 'child'
  /** The objects come from files, where no API server has filled anything in. */
  readonly isLocal: boolean
  readonly nginx: string
  /** How the names of Services of type ExternalName are looked up. */
  readonly resolvConf: ResolvConf
  readonly templateDir: string | undefined
  readonly leastGapMs: number
  readonly log: Logger
}

/** A source, a loop and an nginx, put together. */
export interface Controller {
  readonly loop: Loop
  readonly instance: Instance
  /** nginx has said once that it serves a complete bundle. */
  readonly hasServed: boolean
  /** Resolves when it has. */
  readonly served: Promise<void>
  /** What nginx asked for endpoints so far; undefined where it does not ask. */
  readonly asked: Resolver['counts'] | undefined
  /** Answers nothing any more; nginx keeps what it was told. */
  close(): Promise<void>
  /** Makes passes over what the source says, until `signal`. Rejects if it can never work. */
  start(signal: AbortSignal): Promise<void>
  /** child: runs nginx from the first bundle on, until `signal`, and lets it drain. sidecar: watches it. */
  startNginx(signal: AbortSignal): Promise<void>
}

/** Asks nginx what it can do and prepares the state directory; nothing but the resolver runs yet. */
async function prepared(settings: ControllerSettings) {
  const { options, mode, isLocal, resolvConf, log } = settings
  const stateDir = resolve(options['state-dir'])
  await makeStateDir(stateDir)
  const nginx = program(settings.nginx)
  const fallback = ensureFallbackCertificate(stateDir)
  fallback.catch(() => undefined) // until somebody waits for it
  const [abilities, version] = await Promise.all([
    nginx.abilities(join(stateDir, 'tmp')),
    nginx.version(),
  ])
  log.info({ path: nginx.path, version, ...abilities }, 'probed nginx')
  const isCold = !existsSync(join(stateDir, 'current'))
  const openFiles = mostOpenFiles()
  const resolving = await startedResolver(options, abilities.resolve, log)

  const facts = {
    abilities,
    allowLoopbackEndpoints: isLocal,
    appliesDefaultClass: isLocal,
    logs: mode === 'child' ? ('files' as const) : ('stdio' as const),
    nameservers: resolvConf.nameservers,
    ...(openFiles === undefined ? {} : { openFiles }),
    endpointUpdates: resolving === undefined ? ('reload' as const) : ('resolve' as const),
    // Key files are for the user that started nginx alone.
    workerUser: mode === 'child' && process.getuid?.() === 0 ? 'root' : undefined,
  }
  const translationOptions = translateOptions(options, facts)
  const instance = (mode === 'child' ? child : sidecar)({
    program: nginx,
    stateDir,
    statusPort: options['status-port'],
    log,
  })
  return { stateDir, nginx, fallback, isCold, resolving, translationOptions, instance }
}

/** Puts the parts together; they run once the controller is started. */
export async function controller(settings: ControllerSettings): Promise<Controller> {
  const { options, source, mode, resolvConf, log } = settings
  const { stateDir, nginx, fallback, isCold, resolving, translationOptions, instance } =
    await prepared(settings)

  let templates = builtinTemplates()
  const publishBundle = async (
    bundle: Bundle,
    goesOn: () => Promise<boolean>,
  ): Promise<Outcome> => {
    await fallback
    return publish(bundle, stateDir, nginx, instance, goesOn)
  }
  const touch = (reason: string): void => loop.touch(reason)
  const updates =
    resolving &&
    new EndpointUpdates({
      resolver: resolving,
      source,
      options: translationOptions,
      resolvConf,
      render: (config) => render(config, templates),
      publish: publishBundle,
      instance,
      isCold,
      touch,
      log,
    })
  const translator = translatorWithDns({
    options: translationOptions,
    resolvConf,
    updates,
    touch,
    log,
  })
  const heap = new Heap()
  const refused = new RefusedKeys(options.configmap)
  const loop = new Loop({
    source,
    refused,
    translate: (snapshot) => {
      heap.work()
      return translator.translate(refused.told(snapshot))
    },
    render: ({ config }) => render(config, templates),
    publish: (bundle, translation, goesOn) =>
      updates === undefined
        ? publishBundle(bundle, goesOn)
        : updates.publish(bundle, translation, goesOn),
    serves: async (digest) => {
      const { master } = instance
      if (master === null || !(await instance.serves(digest, 1_000))) return false
      return updates?.hasTold(master) ?? true
    },
    ...(resolving ? { areEndpointsTold: true } : { isCrowded: () => hasTooManyWorkers(instance) }),
    leastGapMs: settings.leastGapMs,
    log,
  })
  instance.onRestart(() => loop.doubt())
  loop.onPass(() => heap.rest())

  let hasServed = false
  const served = new Promise<void>((found) => {
    loop.onConfirmed(() => {
      hasServed = true
      found()
    })
  })
  const firstPass = firstPassOf(loop)

  return {
    loop,
    instance,
    served,
    get hasServed() {
      const { master } = instance
      return hasServed && (master === null || (updates?.hasTold(master) ?? true))
    },
    start: async (signal) => {
      const changed = (now: Templates): void => {
        templates = now
        loop.touch('a template changed')
      }
      templates = (await ownTemplates(settings, changed, signal)) ?? templates
      await Promise.all([loop.start(signal), fallback])
    },
    startNginx: async (signal) => {
      const aborted = new Promise<void>((found) =>
        signal.addEventListener('abort', () => found(), { once: true }),
      )
      if (mode === 'child') await Promise.race([firstPass, aborted])
      if (!signal.aborted) await instance.start(signal)
    },
    asked: resolving?.counts,
    close: async () => {
      translator.close()
      await updates?.close()
    },
  }
}

/** Resolves when there is something that nginx can serve. */
const firstPassOf = (loop: Loop): Promise<void> =>
  new Promise((found) => {
    loop.onPass(({ result }) => {
      if (result.kind !== 'failed' && result.kind !== 'rejected') found()
    })
  })

/** Those of `--template-dir`, which is watched until `signal`; undefined without it. */
async function ownTemplates(
  { templateDir, log }: ControllerSettings,
  changed: (now: Templates) => void,
  signal: AbortSignal,
): Promise<Templates | undefined> {
  if (templateDir === undefined) return undefined
  try {
    const { watchTemplates } = await import('../templates/watch.ts')
    return await watchTemplates(templateDir, log, changed, signal)
  } catch (cause) {
    throw new Error(`--template-dir: ${templateDir} cannot be used`, { cause })
  }
}

function hasTooManyWorkers({ master }: Instance): boolean {
  const workers = master === null ? [] : workersOf(master)
  const old = workers.filter((worker) => !accepts(worker)).length
  return isCrowded(old, workers.length - old)
}

/**
 * Answers nginx's questions for endpoints, which wait until there is something to say. Undefined where
 * nginx does not ask: it was not to, it cannot, or this machine lacks the addresses (`auto` tells of that
 * and goes on with reloads).
 */
async function startedResolver(
  options: Pick<Options, 'endpoint-updates' | 'status-port'>,
  isAble: boolean,
  log: Logger,
): Promise<Resolver | undefined> {
  const wanted = options['endpoint-updates']
  if (wanted === 'resolve' && !isAble)
    throw new Error('--endpoint-updates=resolve: this nginx knows no "server NAME resolve"')
  if (wanted === 'reload' || !isAble) return undefined
  const addresses = resolverHosts.map((host) => ({ host, port: options['status-port'] }))
  try {
    return await startResolver({ addresses, log })
  } catch (error) {
    if (wanted === 'resolve') throw error
    log.warn(
      { error: errorText(error) },
      'changes of endpoints will be reloads: nginx could not ask for them',
    )
    return undefined
  }
}
