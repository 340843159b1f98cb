import { once } from 'node:events'
import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { EndpointUpdates } from '../../../src/controller/endpoint-updates.ts'
import type { EndpointUpdatesSettings } from '../../../src/controller/endpoint-updates.ts'
import { resolverHosts } from '../../../src/model/loopback.ts'
import type { Outcome } from '../../../src/nginx/publish.ts'
import type { Snapshot } from '../../../src/objects/snapshot.ts'
import type { Bundle } from '../../../src/render/bundle.ts'
import { startResolver } from '../../../src/resolver/resolver.ts'
import type { Translation } from '../../../src/translate/translation.ts'
import { freePorts } from '../free-ports.ts'
import { quiet } from '../quiet.ts'
import { until } from '../until.ts'

/** The controller's part in an nginx that asks for its endpoints. */
export interface Resolving {
  publish(bundle: Bundle, translation: Translation): Promise<Outcome>
  /** Resolves once nginx, which runs by now, has what there is to be told. */
  told({ endpoints }: Translation): Promise<void>
  close(): Promise<void>
}

/** Answers nginx's questions as `snapshot` has it. The bundle lists no endpoint, as after the first seconds of a controller. */
export async function resolving(
  snapshot: Snapshot,
  settings: Pick<EndpointUpdatesSettings, 'options' | 'render' | 'publish' | 'instance'>,
): Promise<Resolving> {
  const [probePort = 0] = await freePorts(1)
  const { statusPort } = settings.options
  const addresses = resolverHosts.map((host) => ({ host, port: statusPort }))
  const updates = new EndpointUpdates({
    ...settings,
    resolvConf: { nameservers: settings.options.nameservers, search: [], ndots: 1 },
    resolver: await startResolver({ addresses, log: quiet }),
    source: { snapshot: () => snapshot, onChange: () => undefined },
    isCold: false,
    touch: () => undefined,
    log: quiet,
  })
  return {
    publish: (bundle, translation) => {
      updates.take(translation)
      return updates.publish(withProbe(bundle, probePort), translation, () => Promise.resolve(true))
    },
    told: async ({ endpoints }) => {
      for (const { upstream } of endpoints.values())
        await until(`an endpoint in ${upstream}`, () => hasEndpoint(upstream, probePort), {
          everyMs: 5,
        })
    },
    close: () => updates.close(),
  }
}

/**
 * `bundle` with one more server, which tells whether an upstream has an endpoint, and lets no backend
 * notice: it may not connect from the address that it binds, and answers 500; 502 is no endpoint.
 */
function withProbe(bundle: Bundle, port: number): Bundle {
  const probe = `
    server {
        listen 127.0.0.1:${port};
        access_log off;
        error_log /dev/null emerg;
        location / {
            proxy_bind 192.0.2.1;
            proxy_pass http://$arg_upstream;
        }
    }
}
`
  const text = bundle.files.get('nginx.conf') ?? ''
  return { ...bundle, files: new Map([['nginx.conf', text.replace(/\}\n$/, probe)]]) }
}

async function hasEndpoint(upstream: string, port: number): Promise<boolean> {
  const asked = get({ host: '127.0.0.1', port, path: `/?upstream=${upstream}`, agent: false })
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.resume()
  if (answer.statusCode === 500) return true
  if (answer.statusCode === 502) return false
  throw new Error(`the probe answered ${answer.statusCode}`)
}
