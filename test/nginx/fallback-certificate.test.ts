import assert from 'node:assert/strict'
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { TestContext } from 'node:test'
import { program } from '../../src/nginx/program.ts'
import { nginxes } from '../support/nginx.ts'
import { ensureFallbackCertificate } from '../../src/nginx/fallback-certificate.ts'

const programs = await nginxes()

async function stateDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-fallback-'))
  t.after(() => rm(dir, { recursive: true }))
  return dir
}

void suite('the fallback certificate', () => {
  void test('says who serves it and why', async (t) => {
    const dir = await stateDir(t)
    const path = await ensureFallbackCertificate(dir)
    assert.equal(path, join(dir, 'tls', 'fallback.pem'))
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    const pem = await readFile(path, 'utf8')
    const certificate = new X509Certificate(pem)
    assert.match(certificate.subject, /CN=Kubernetes Ingress Controller Fake Certificate/)
    assert.match(certificate.subject, /O=Served as no valid TLS Secret covers the requested host/)
    assert.equal(certificate.issuer, certificate.subject)
    assert.equal(certificate.subjectAltName, 'DNS:ingress.local')
    assert.ok(certificate.verify(certificate.publicKey))
    assert.ok(certificate.checkPrivateKey(createPrivateKey(pem)))
    const days = (certificate.validToDate.getTime() - Date.now()) / 86_400_000
    assert.ok(days > 364 && days < 366, `${days} days`)
  })

  void test('stays the same while it is good', async (t) => {
    const dir = await stateDir(t)
    const before = await readFile(await ensureFallbackCertificate(dir), 'utf8')
    assert.equal(await readFile(await ensureFallbackCertificate(dir), 'utf8'), before)
  })

  void test('is renewed in its last month', async (t) => {
    const dir = await stateDir(t)
    const path = await ensureFallbackCertificate(dir)
    const before = await readFile(path, 'utf8')
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 336 * 86_400_000 })
    await ensureFallbackCertificate(dir)
    assert.notEqual(await readFile(path, 'utf8'), before)
  })

  void test('replaces a file that is no certificate', async (t) => {
    const dir = await stateDir(t)
    const path = await ensureFallbackCertificate(dir)
    for (const bad of ['', 'nonsense', (await readFile(path, 'utf8')).slice(0, 200)]) {
      await writeFile(path, bad)
      await ensureFallbackCertificate(dir)
      const { subject } = new X509Certificate(await readFile(path, 'utf8'))
      assert.match(subject, /Fake Certificate/)
    }
  })

  for (const { version, path: nginx } of programs)
    void test(`is loaded by nginx ${version}`, async (t) => {
      const dir = await stateDir(t)
      const path = await ensureFallbackCertificate(dir)
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      const conf = `pid ${dir}/nginx.pid;
events {}
http {
    access_log off;
    ${temporary.map((name) => `${name}_temp_path ${dir}/${name};`).join(' ')}
    ssl_certificate ${path};
    ssl_certificate_key ${path};
    server {
        listen unix:${dir}/nginx.sock ssl;
    }
}
`
      await writeFile(join(dir, 'nginx.conf'), conf)
      const verdict = await program(nginx).test(join(dir, 'nginx.conf'))
      assert.deepEqual(verdict, { ok: true, stderr: '' })
    })
})
