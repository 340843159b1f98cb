import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { translateOptions } from '../../../src/controller/translate-options.ts'
import { child } from '../../../src/nginx/child.ts'
import { program } from '../../../src/nginx/program.ts'
import { publish } from '../../../src/nginx/publish.ts'
import type { Outcome } from '../../../src/nginx/publish.ts'
import type { Diagnostic } from '../../../src/diagnostics.ts'
import { renderFlags } from '../../../src/options/command-flags.ts'
import { parse } from '../../../src/options/parse.ts'
import type { Bundle } from '../../../src/render/bundle.ts'
import { render } from '../../../src/render/render.ts'
import { builtinTemplates } from '../../../src/templates/templates.ts'
import { translator } from '../../../src/translate/translate.ts'
import { putFallbackCertificate } from '../fallback-certificate.ts'
import { freePorts } from '../free-ports.ts'
import { quiet } from '../quiet.ts'
import type { Case } from './case.ts'
import { resolving } from './resolving.ts'
import type { Ground } from './table.ts'

/** An nginx that serves one case. */
export interface Served {
  readonly ports: { readonly http: number; readonly https: number }
  readonly diagnostics: readonly Diagnostic[]
  /** Ends nginx, which writes its log then. */
  accessLog(): Promise<string>
  /** What nginx logged above `notice`. */
  errorLog(): Promise<string>
  stop(): Promise<void>
}

export interface Stage extends Ground {
  readonly title: string
  readonly nginx: string
  /** `address:port` */
  readonly nameserver: string
}

const templates = builtinTemplates()

/** What a case has for settings. */
const configMap = 'default/nginx-configuration'

/** Starts nginx on what the case's objects say, as the controller would, and waits until it serves that. */
export async function serve({ snapshot, flags }: Case, stage: Stage): Promise<Served> {
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-requests-'))
  const [http = 0, https = 0, statusPort = 0] = await freePorts(3)
  const args = [
    ...(snapshot.configMaps.has(configMap) ? [`--configmap=${configMap}`] : []),
    `--http-port=${http}`,
    `--https-port=${https}`,
    `--status-port=${statusPort}`,
    ...flags,
  ]
  const { options } = parse(renderFlags, args, {})
  const translationOptions = translateOptions(
    { ...options, 'state-dir': stateDir },
    {
      abilities: stage.abilities,
      allowLoopbackEndpoints: true,
      appliesDefaultClass: true,
      logs: 'files',
      nameservers: [stage.nameserver],
      endpointUpdates: stage.endpointUpdates,
      workerUser: process.geteuid?.() === 0 ? 'root' : undefined,
    },
  )
  const translation = translator(translationOptions)(snapshot)
  const bundle = render(translation.config, templates)

  const nginx = program(stage.nginx)
  const instance = child({ program: nginx, stateDir, statusPort, log: quiet, drainMs: 5000 })
  const published = (one: Bundle): Promise<Outcome> => publish(one, stateDir, nginx, instance)
  const asking =
    stage.endpointUpdates === 'resolve'
      ? await resolving(snapshot, {
          options: translationOptions,
          render: (config) => render(config, templates),
          publish: published,
          instance,
        })
      : undefined
  const stopping = new AbortController()
  let running = Promise.resolve()
  const end = async (): Promise<void> => {
    if (stopping.signal.aborted) return
    stopping.abort()
    await running
    await asking?.close()
  }
  const stop = async (): Promise<void> => {
    await end()
    // the list of endpoints may be written at this moment
    await rm(stateDir, { recursive: true, maxRetries: 10 })
  }
  try {
    await putFallbackCertificate(stateDir)
    const outcome = await (asking?.publish(bundle, translation) ?? published(bundle))
    if (outcome.kind !== 'prepared')
      throw new Error('stderr' in outcome ? outcome.stderr : outcome.kind)
    running = instance.start(stopping.signal)
    if (!(await instance.serves(bundle.digest, 20_000))) throw new Error('nginx did not start')
    await asking?.told(translation)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ports: { http, https },
    diagnostics: translation.diagnostics,
    accessLog: async () => {
      await end()
      const file = join(stateDir, 'access.log')
      return existsSync(file) ? readFile(file, 'utf8') : ''
    },
    errorLog: async () => {
      const lines = (await readFile(join(stateDir, 'error.log'), 'utf8')).split('\n')
      return lines.filter((line) => /\[(?:warn|error|crit|alert|emerg)\]/.test(line)).join('\n')
    },
    stop,
  }
}
