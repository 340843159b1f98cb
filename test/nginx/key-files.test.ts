import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { once } from 'node:events'
import { basename, join } from 'node:path'
import { suite, test } from 'node:test'
import type { KeyFile } from '../../src/render/bundle.ts'
import { accepts, again, workersOf } from '../../src/nginx/processes.ts'
import { issued, newKeys } from '../support/certificate.ts'
import { fingerprintOf, handshake } from '../support/handshake.ts'
import { nginxes } from '../support/nginx.ts'
import { ask, freePorts, isReplaced, masterOf, serving, stand, until } from './stand.ts'
import type { Additions, Stand } from './stand.ts'

const keyFile = (pem: string): KeyFile => ({
  path: `tls/${createHash('sha256').update(pem).digest('hex')}.pem`,
  text: () => pem,
})

async function publishSix(it: Stand, more?: Additions): Promise<void> {
  for (const answer of ['1', '2', '3', '4', '5', '6'])
    assert.equal((await it.publish(it.bundle(answer, more))).kind, 'published')
}

const name = 'shop.example.com'

/** A certificate, and what has `port` show it. */
async function certificate(
  { stateDir }: Stand,
  port: number,
): Promise<{ readonly shown: string; readonly additions: Additions }> {
  const { key, certificate } = await issued(name, 1, await newKeys())
  const file = keyFile(`${key}${certificate}`)
  const variable = `${stateDir}/tls/$file.pem`
  return {
    shown: fingerprintOf(certificate),
    additions: {
      keyFiles: [file],
      http: `map $ssl_server_name $file { ${name} ${basename(file.path, '.pem')}; }`,
      server: `listen 127.0.0.1:${port} ssl; ssl_certificate ${variable}; ssl_certificate_key ${variable};`,
    },
  }
}

/** A connection that a worker has taken and on which no client has spoken yet. */
async function silentConnection(it: Stand, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  // Connections are taken in turn: who answers a later one has seen this one.
  for (let i = 0; i < 20; i++) await handshake({ port, host: name })
  await ask(it.port)
  return socket
}

for (const { version, path } of await nginxes())
  void suite(`key files beside nginx ${version}`, () => {
    void test('only their owner can read them, and none is written twice', async (t) => {
      const it = await stand(t, path)
      const key = keyFile('secret')
      const file = join(it.stateDir, key.path)
      await it.publish(it.bundle('first', { keyFiles: [key, key] }))
      const written = statSync(file)
      assert.equal(written.mode & 0o777, 0o600)
      assert.equal(statSync(join(it.stateDir, 'tls')).mode & 0o777, 0o700)
      await it.publish(it.bundle('second', { keyFiles: [key] }))
      assert.equal(statSync(file).ino, written.ino)
      assert.equal(statSync(file).mtimeMs, written.mtimeMs)
    })

    void test('a name that is not the digest of something is refused', async (t) => {
      const it = await stand(t, path)
      for (const name of ['tls/../x.pem', 'tls/fallback.pem', '../tls/00.pem', 'tls/shop.pem'])
        await assert.rejects(
          it.publish(it.bundle('first', { keyFiles: [{ path: name, text: () => 'secret' }] })),
          /could not be written/,
        )
      assert.deepEqual(readdirSync(join(it.stateDir, 'tls')), [])
      assert.ok(!existsSync(join(it.stateDir, 'current')))
    })

    void test('one goes with the last bundle that needs it', async (t) => {
      const it = await serving(t, path)
      const key = keyFile('secret')
      writeFileSync(join(it.stateDir, 'tls', 'fallback.pem'), 'stays')
      await it.publish(it.bundle('with', { keyFiles: [key] }))
      for (const answer of ['1', '2', '3', '4']) {
        await it.publish(it.bundle(answer))
        assert.ok(existsSync(join(it.stateDir, key.path)))
      }
      await until(() => workersOf(masterOf(it)).every(accepts))
      await it.publish(it.bundle('5'))
      await until(() => workersOf(masterOf(it)).every(accepts))
      await it.publish(it.bundle('6'))
      assert.deepEqual(readdirSync(join(it.stateDir, 'tls')), ['fallback.pem'])
    })

    void test('one stays while a worker that may need it drains', async (t) => {
      const it = await serving(t, path)
      const key = keyFile('secret')
      const file = join(it.stateDir, key.path)
      await it.publish(it.bundle('with', { keyFiles: [key] }))
      const slow = connect(it.port, '127.0.0.1')
      await once(slow, 'connect')
      // Half a request keeps the worker that has it.
      slow.write('GET / HTTP/1.1\r\n')
      await ask(it.port)
      const old = workersOf(masterOf(it))
      await publishSix(it)
      const draining = old.filter((worker) => again(worker) !== undefined)
      assert.equal(draining.length, 1)
      assert.ok(existsSync(file))

      slow.destroy()
      await until(() => workersOf(masterOf(it)).every(accepts))
      await it.publish(it.bundle('7'))
      assert.ok(!existsSync(file))
    })

    void test('an old worker still shows the certificate that its client asks for late', async (t) => {
      const it = await serving(t, path)
      const [port] = await freePorts(2)
      const [before, after] = [await certificate(it, port), await certificate(it, port)]
      await it.publish(it.bundle('with', before.additions))
      const socket = await silentConnection(it, port)
      await publishSix(it, after.additions)
      assert.equal(await handshake({ port, host: name }), after.shown)
      assert.equal(await handshake({ port, host: name, socket }), before.shown)
    })

    void test('so does one whose master was killed', async (t) => {
      const it = await serving(t, path)
      const [port] = await freePorts(2)
      const [before, after] = [await certificate(it, port), await certificate(it, port)]
      await it.publish(it.bundle('with', before.additions))
      const socket = await silentConnection(it, port)
      const killed = masterOf(it)
      process.kill(killed.pid, 'SIGKILL')
      await until(() => isReplaced(it, killed))
      await until(async () => (await ask(it.port)) === 'with')
      await publishSix(it, after.additions)
      assert.equal(await handshake({ port, host: name }), after.shown)
      assert.equal(await handshake({ port, host: name, socket }), before.shown)
    })
  })
