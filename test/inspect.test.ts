// Deep inspection: each thing that it looks for, in each field, and honest texts that are near to one.

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Ingress } from '../src/objects/kinds.ts'
import { suspiciousField } from '../src/translate/ingresses/inspect.ts'
import { ingress } from './support/snapshots.ts'

const injected = [
  '/x{ root /etc',
  'root /',
  '/x;alias /srv',
  '/x\talias\t/srv',
  '/x}root /',
  '/etc/passwd',
  '/x/etc/shadow',
  '/etc/group',
  '/etc/nginx/nginx.conf',
  '/etc/ingress-controller/ssl',
  '/var/run/secrets/kubernetes.io/serviceaccount/token',
  '/x{ access_by_lua_block',
  'content_by_lua_file',
]

const honest = [
  '/',
  '/root',
  '/root/',
  '/alias/x',
  '/my-root /x',
  '/etc',
  '/etc/hosts',
  '/var/run',
  '/lua',
  '/by-lua',
  'shop.example.com',
  'shop-tls',
]

const base = { name: 'web', host: 'shop.example.com' }
const fields: Readonly<Record<string, (text: string) => Ingress>> = {
  'spec.rules[0].host': (text) => ingress({ ...base, host: text }),
  'spec.rules[0].http.paths[1].path': (text) => ingress({ ...base, paths: ['/', text] }),
  'spec.tls[0].hosts': (text) => ({
    ...ingress(base),
    tls: [{ hosts: ['shop.example.com', text], secretName: 'shop-tls' }],
  }),
  'spec.tls[0].secretName': (text) => ingress({ ...base, secretName: text }),
}

for (const [field, withText] of Object.entries(fields))
  void suite(field, () => {
    for (const text of injected)
      void test(JSON.stringify(text), () => assert.equal(suspiciousField(withText(text)), field))
    void test('honest texts', () => {
      for (const text of honest) assert.equal(suspiciousField(withText(text)), undefined, text)
    })
  })
