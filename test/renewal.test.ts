// A renewed certificate is shown to whoever comes, and costs nobody a handshake.

import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { issued, newKeys } from './support/certificate.ts'
import type { KeyPair } from './support/certificate.ts'
import { fingerprintOf, handshake, keepShaking } from './support/handshake.ts'
import { nginxes } from './support/nginx.ts'
import { shop } from './support/shop.ts'
import type { Shop } from './support/shop.ts'
import type { Sluice } from './support/sluice.ts'
import { until } from './support/until.ts'

const host = 'secure.example.com'
const quick = { everyMs: 5 }

/** Writes the Secret, and an Ingress that names it. */
async function write(at: Shop, { certificate, key }: KeyPair): Promise<void> {
  const objects = [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'secure', namespace: 'shop' },
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: [host], secretName: 'secure' }],
        rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name: 'secure', namespace: 'shop' },
      stringData: { 'tls.crt': certificate, 'tls.key': key },
    },
  ]
  const text = objects.map((object) => JSON.stringify(object)).join('\n---\n')
  await writeFile(join(at.stateDir, '..', 'next-secure'), text)
  await rename(join(at.stateDir, '..', 'next-secure'), join(at.dir, 'secure.yaml'))
}

const backend = { service: { name: 'web', port: { number: 80 } } }

const published = ({ log }: Sluice): number => log.filter(({ msg }) => msg === 'published').length

for (const { version, path: nginx } of await nginxes()) {
  test(`nginx ${version}: a renewed certificate is shown to all who come, and nobody is refused`, async (t) => {
    const at = await shop(t, nginx)
    const keys = await newKeys()
    await at.write('/')
    await write(at, await issued(host, 1, keys))
    const running = at.run()
    await until('ready', async () => (await at.probe('/readyz')) === 200, quick)
    const hello = { port: at.httpsPort, host }
    const over = new AbortController()
    const loops = [1, 2].map(() => keepShaking(hello, over.signal))
    t.after(() => over.abort())

    const renewals = {
      'with the same key': await issued(host, 2, keys),
      'with a key of its own': await issued(host, 3, await newKeys()),
      'back to the first key': await issued(host, 4, keys),
    }
    for (const [what, pair] of Object.entries(renewals)) {
      const before = published(running)
      await write(at, pair)
      await until(`published ${what}`, () => published(running) > before, quick)
      const shown = await Promise.all(Array.from({ length: 20 }, () => handshake(hello)))
      assert.deepEqual(new Set(shown), new Set([fingerprintOf(pair.certificate)]), what)
    }
    over.abort()
    for (const { shaken, failed } of await Promise.all(loops)) {
      assert.deepEqual(failed, [])
      assert.ok(shaken > 0)
    }
  })
}
