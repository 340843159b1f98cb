import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import { version } from './version.ts'

/** The controller's own metrics, under the names that ingress-nginx's dashboards ask for. */
export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
  observe(pass: ObservedPass): void
  confirmed(digest: string): void
  /** Shows `counts`, which grow, of what nginx asked for endpoints. */
  asked(counts: Readonly<Record<string, number>>): void
}

/** What is counted of a pass of the loop. */
export interface ObservedPass {
  readonly result: { readonly kind: string }
  readonly ms: number
}

export interface MetricsIdentity {
  readonly namespace: string
  readonly pod: string
  readonly controllerClass: string
}

export function createMetrics(identity: MetricsIdentity): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const labels = {
    controller_namespace: identity.namespace,
    controller_class: identity.controllerClass,
    controller_pod: identity.pod,
  }
  const labelNames = Object.keys(labels)
  const of = (name: string, help: string, more: readonly string[] = []) => ({
    name,
    help,
    labelNames: [...labelNames, ...more],
    registers: [registry],
  })
  const prefix = 'nginx_ingress_controller'

  new Gauge(
    of(`${prefix}_build_info`, 'Always 1; the labels tell the version.', [
      'release',
      'build',
      'repository',
    ]),
  ).set({ ...labels, release: version, build: version, repository: 'sluice' }, 1)
  const hash = new Gauge(of(`${prefix}_config_hash`, 'Of the configuration that nginx serves.'))
  const successful = new Gauge(
    of(`${prefix}_config_last_reload_successful`, 'Whether the last reload came into force.'),
  )
  const since = new Gauge(
    of(
      `${prefix}_config_last_reload_successful_timestamp_seconds`,
      'When the last reload came into force.',
    ),
  )
  const success = new Counter(of(`${prefix}_success`, 'Reloads that came into force.'))
  const errors = new Counter(of(`${prefix}_errors`, 'Configurations that did not come into force.'))
  const passes = new Counter(
    of('sluice_passes_total', 'Passes of the loop, by result.', ['result']),
  )
  const seconds = new Gauge(of('sluice_last_pass_seconds', 'How long the last pass took.'))

  const confirmed = (digest: string): void => {
    // A gauge is a double: twelve hex digits fit.
    hash.set(labels, Number.parseInt(digest.slice(0, 12), 16))
    successful.set(labels, 1)
    since.set(labels, Math.floor(Date.now() / 1_000))
  }
  success.inc(labels, 0)
  errors.inc(labels, 0)

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    confirmed,
    asked: (counts) => {
      const messages = new Counter({
        ...of(
          'sluice_resolver_messages_total',
          'What nginx asked for endpoints, by what became of it.',
          ['kind'],
        ),
        collect: () => {
          messages.reset()
          for (const [kind, count] of Object.entries(counts))
            messages.inc({ ...labels, kind }, count)
        },
      })
    },
    observe: ({ result, ms }) => {
      passes.inc({ ...labels, result: result.kind })
      seconds.set(labels, ms / 1_000)
      if (result.kind === 'published') success.inc(labels)
      if (result.kind === 'rejected' || result.kind === 'unconfirmed' || result.kind === 'failed') {
        errors.inc(labels)
        successful.set(labels, 0)
      }
    },
  }
}
