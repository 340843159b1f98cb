import type { ObjectSource } from '../cluster/source.ts'
import { endedBy } from '../controller/failure.ts'
import { run as runController } from '../controller/run.ts'
import { createLogger } from '../log.ts'
import type { Logger } from '../log.ts'
import { refuseConflicts } from '../options/conflicts.ts'
import { runFlags } from '../options/flags.ts'
import type { Options } from '../options/flags.ts'
import { parse } from '../options/parse.ts'
import { warningsOf } from '../options/warnings.ts'
import { scopeOf } from './scope.ts'

/** `sluice run` */
export async function run(args: readonly string[]): Promise<number> {
  const parsed = parse(runFlags, args, process.env)
  const { options } = parsed
  refuseConflicts(options)
  const log = createLogger(options.v)
  for (const { message, flags } of warningsOf(parsed)) log.warn({ flags }, message)
  try {
    return await runController(options, await sourceOf(options, log), log)
  } catch (error) {
    return endedBy(error, log)
  }
}

async function sourceOf(options: Options, log: Logger): Promise<ObjectSource> {
  const scope = { ...scopeOf(options), syncPeriodMs: options['sync-period'] }
  // One of the two is needed, and neither is small.
  if (options.manifests !== undefined) {
    const { manifestSource } = await import('../cluster/manifests.ts')
    return manifestSource(options.manifests, log, scope)
  }
  const { apiSource } = await import('../cluster/api.ts')
  return apiSource(
    {
      ...scope,
      kubeconfig: options.kubeconfig,
      apiserverHost: options['apiserver-host'],
      certificateAuthority: options['certificate-authority'],
    },
    log,
  )
}
