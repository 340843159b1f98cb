import { existsSync, rmSync } from 'node:fs'
import { rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { manifestSource } from '../cluster/manifests.ts'
import { controller } from '../controller/controller.ts'
import { resolvConf } from '../controller/resolv-conf.ts'
import type { Controller } from '../controller/controller.ts'
import { isBug } from '../controller/failure.ts'
import { endNginx, stopSignal } from '../controller/stop-signal.ts'
import { createLogger, errorText } from '../log.ts'
import type { Logger } from '../log.ts'
import { temporaryDirectory } from '../nginx/files.ts'
import { makeStateDir } from '../nginx/state-dir.ts'
import { demoFlags } from '../options/command-flags.ts'
import { runFlags } from '../options/flags.ts'
import type { DemoOptions } from '../options/command-flags.ts'
import { parse } from '../options/parse.ts'
import { version } from '../version.ts'
import { EmbeddedCluster, usualConfigMap } from './demo/embedded-cluster.ts'
import { anyPort, portFor } from './demo/ports.ts'
import { sampleAuthority } from './demo/sample-certificates.ts'
import { commandsToTry, hostCount, passLines } from './demo/words.ts'

const examples = fileURLToPath(new URL('../../examples/demo', import.meta.url))

/** `sluice demo` */
export async function run(args: readonly string[]): Promise<number> {
  const { options } = parse(demoFlags, args, process.env)
  let own: string | undefined
  try {
    own = options['state-dir'] === undefined ? await temporaryDirectory('sluice-demo') : undefined
    await demo(options, resolve(own ?? options['state-dir'] ?? ''))
    return 0
  } catch (error) {
    if (isBug(error)) throw error
    process.stderr.write(`sluice demo: ${errorText(error)}\n`)
    return 1
  } finally {
    if (own !== undefined) await rm(own, { recursive: true, force: true })
  }
}

async function demo(options: DemoOptions, stateDir: string): Promise<void> {
  const folder = resolve(options.manifests ?? examples)
  await expectFolder(folder)
  await makeStateDir(stateDir)
  const log = loggerOf(options, stateDir)
  let running: Controller | undefined
  const insist = (): void => {
    endNginx(running?.instance.master ?? null)
    if (options['state-dir'] === undefined) rmSync(stateDir, { recursive: true, force: true })
  }
  const stopping = stopSignal(log, { more: ['SIGHUP'], insist })
  // Nobody reads any more.
  process.stdout.once('error', () => process.kill(process.pid, 'SIGTERM'))

  const httpPort = await portFor('http-port', options['http-port'], 8080)
  const httpsPort = await portFor('https-port', options['https-port'], 8443, [httpPort])
  const authority = await sampleAuthority()
  const authorityFile = join(stateDir, 'ca.pem')
  await writeFile(authorityFile, authority.certificate)

  const cluster = new EmbeddedCluster(manifestSource(folder, log), authority)
  const made = await controller({
    options: {
      ...parse(runFlags, [], {}).options,
      'state-dir': stateDir,
      'http-port': httpPort,
      'https-port': httpsPort,
      'status-port': await anyPort(),
      configmap: options.configmap ?? usualConfigMap,
      'watch-ingress-without-class': options['watch-ingress-without-class'],
    },
    source: cluster,
    mode: 'child',
    isLocal: true,
    nginx: options.nginx ?? installedNginx(),
    resolvConf: resolvConf(),
    templateDir: options['template-dir'],
    leastGapMs: 0,
    log,
  })

  running = made
  let isIntroduced = false
  made.loop.onPass((pass) => {
    if (isIntroduced) sayNow(passLines(pass))
    else say(passLines(pass).slice(1))
  })
  const stopLoop = new AbortController()
  const stopNginx = new AbortController()
  const parts = [
    cluster.start(stopLoop.signal),
    made.start(stopLoop.signal),
    made.startNginx(stopNginx.signal),
  ]
  const broken = Promise.withResolvers<never>()
  for (const part of parts) part.catch(broken.reject)
  const stopped = new Promise<void>((found) => {
    if (stopping.aborted) found()
    stopping.addEventListener('abort', () => found(), { once: true })
  })
  const hint = setTimeout(
    () => say([`nginx does not serve yet; ${stateDir}/*.log may tell why`]),
    5_000,
  )
  try {
    await Promise.race([made.served, stopped, broken.promise])
    clearTimeout(hint)
    if (!stopping.aborted) {
      const { ingresses } = cluster.snapshot()
      const places = { httpPort, httpsPort, authority: authorityFile }
      say([
        `Sluice ${version}: nginx serves ${hostCount(ingresses)} hosts of ${folder}`,
        '',
        ...commandsToTry(cluster.snapshot(), places).map((command) => `  ${command}`),
        '',
        `Edit a file below ${relative(process.cwd(), folder) || '.'} and see here what comes of it.`,
        `What nginx was told: ${join(stateDir, 'current', 'nginx.conf')}`,
        'Ctrl-C ends it.',
        '',
      ])
      isIntroduced = true
      await Promise.race([stopped, broken.promise])
    }
  } finally {
    clearTimeout(hint)
    say(['stopping'])
    stopLoop.abort()
    stopNginx.abort()
    await Promise.allSettled(parts)
    await made.close()
    await cluster.close()
  }
}

async function expectFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() !== true)
    throw new Error(`${folder} is no folder; name one with --manifests`)
}

/** The nginx that `npm run demo` unpacked, which leaves the machine untouched; else the machine's. */
function installedNginx(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const unpacked = join(cache, 'sluice', 'nginx-1.30', 'nginx')
  return existsSync(unpacked) ? unpacked : 'nginx'
}

/** For a person the terminal has words; the log is beside the configuration. */
function loggerOf(options: DemoOptions, stateDir: string): Logger {
  if (options.v >= 2) return createLogger(options.v)
  return pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: join(stateDir, 'sluice.log'), sync: true }),
  )
}

const say = (lines: readonly string[]): void => {
  for (const line of lines) process.stdout.write(`${line}\n`)
}

function sayNow(lines: readonly string[]): void {
  const [first, ...rest] = lines
  if (first === undefined) return
  say([
    `${new Date().toTimeString().slice(0, 8)}  ${first}`,
    ...rest.map((line) => `        ${line}`),
  ])
}
