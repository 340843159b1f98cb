import type { Options } from './flags.ts'
import { UsageError } from './parse.ts'

/** The options of any command. */
type Given = { readonly [Name in keyof Options]?: Options[Name] | undefined }

/** Throws one UsageError that names every combination of options that cannot be. */
export function refuseConflicts(options: Given): void {
  const problems = [...together(options), ...samePorts(options)]
  if (problems.length > 0) throw new UsageError(problems)
}

function together(options: Given): string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [
      options['publish-service'] !== undefined && options['publish-status-address'] !== undefined,
      '--publish-service: cannot be given together with --publish-status-address',
    ],
    [
      options['watch-namespace'] !== undefined && options['watch-namespace-selector'] !== undefined,
      '--watch-namespace: cannot be given together with --watch-namespace-selector',
    ],
    [
      options['metrics-per-undefined-host'] === true && options['metrics-per-host'] === false,
      '--metrics-per-undefined-host: needs --metrics-per-host=true',
    ],
    [
      options['validating-webhook'] !== undefined &&
        (options['validating-webhook-certificate'] === undefined ||
          options['validating-webhook-key'] === undefined),
      '--validating-webhook: needs --validating-webhook-certificate and --validating-webhook-key',
    ],
    [
      options.manifests !== undefined &&
        (options.kubeconfig !== undefined ||
          options['apiserver-host'] !== undefined ||
          options['certificate-authority'] !== undefined),
      '--manifests: cannot be given together with --kubeconfig, --apiserver-host or --certificate-authority',
    ],
  ]
  return rules.flatMap(([isBroken, problem]) => (isBroken ? [problem] : []))
}

function samePorts(options: Given): string[] {
  const flagOf = new Map<number, string>()
  return (['http-port', 'https-port', 'healthz-port', 'status-port'] as const).flatMap((flag) => {
    const port = options[flag]
    if (port === undefined) return []
    const other = flagOf.get(port)
    flagOf.set(port, flag)
    return other === undefined ? [] : [`--${flag}: port ${port} is also that of --${other}`]
  })
}
