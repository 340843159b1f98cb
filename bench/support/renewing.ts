import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replace } from '../../src/nginx/files.ts'
import type { KeyPair } from '../../test/support/certificate.ts'
import type { NginxProgram } from '../../test/support/nginx.ts'
import type { Bench } from '../measurement.ts'
import { apiServer } from './api-server.ts'
import { startController } from './controller.ts'
import { bundleConf, startNginx } from './nginx.ts'
import type { Conf } from './nginx.ts'
import { hostOf, secretOf, workload } from './workload.ts'

/** A way to bring a renewed certificate to nginx. */
export interface Way {
  readonly name: string
  readonly https: number
  /** The pid of the nginx master. */
  readonly master: number
  renew(host: number, pair: KeyPair): Promise<void>
  /** So many up to now. */
  reloads(): number
  stop(): Promise<void>
}

/** Sluice as it is: another certificate is another key file, another map, and a reload. */
export async function byReload(bench: Bench, nginx: NginxProgram, hosts: number): Promise<Way> {
  const api = await apiServer(await workload(hosts, { hasTls: true }))
  const controller = await startController(bench, nginx.path, [`--apiserver-host=${api.url}`])
  await controller.ready()
  const before = controller.published()
  return {
    name: 'key files named by content',
    https: controller.ports.https,
    master: Number(await readFile(join(controller.stateDir, 'nginx.pid'), 'utf8')),
    renew: (host, pair) => Promise.resolve(api.apply(secretOf(host, pair))),
    reloads: () => controller.published() - before,
    stop: async () => {
      await controller.stop()
      await api.close()
    },
  }
}

/**
 * What Sluice could do: the configuration stays, the file gets another content by a rename, and each
 * worker sees that when it looks. There is no controller, so neither its hold-off.
 */
export async function inPlace(bench: Bench, nginx: NginxProgram, hosts: number): Promise<Way> {
  const conf = await bundleConf(bench, nginx.path, await workload(hosts, { hasTls: true }))
  await withCache(conf, 'max=20000 inactive=10m valid=1s')
  const running = await startNginx(nginx.path, conf)
  const text = await readFile(conf.path, 'utf8')
  return {
    name: 'key files replaced in place',
    https: conf.ports.https,
    master: running.pid,
    renew: async (host, { certificate, key }) => {
      const name = new RegExp(`${hostOf(host).replaceAll('.', '\\.')} +"?(\\w{64})`).exec(text)?.[1]
      await replace(join(conf.dir, 'tls', `${String(name)}.pem`), `${key}${certificate}`)
    },
    reloads: () => 0,
    stop: () => running.stop(),
  }
}

/** Sets the parameters of `ssl_certificate_cache`, where this nginx has it. */
export async function withCache({ path }: Conf, parameters: string): Promise<void> {
  const text = await readFile(path, 'utf8')
  const changed = text.replace(/ssl_certificate_cache [^;]+/, `ssl_certificate_cache ${parameters}`)
  await writeFile(path, changed)
}
