import assert from 'node:assert/strict'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { nginxes } from './support/nginx.ts'
import { request, shop } from './support/shop.ts'
import type { Shop } from './support/shop.ts'
import { until } from './support/until.ts'

const quick = { everyMs: 5 }
const templates = new URL('../templates/', import.meta.url)

const ready = (at: Shop): Promise<unknown> =>
  until('ready', async () => (await at.probe('/readyz')) === 200, quick)
const answers = (at: Shop, path: string, status: number): Promise<unknown> =>
  until(`${path} answers ${status}`, async () => (await at.ask(path))?.status === status, quick)
const masterOf = async (at: Shop): Promise<number> =>
  Number(await readFile(join(at.stateDir, 'nginx.pid'), 'utf8'))

/** A dead process that nobody has collected yet is not alive. */
const isAlive = async (pid: number): Promise<boolean> =>
  /\) [^ZX] /.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))

for (const { version, path: nginx } of await nginxes()) {
  test(`nginx ${version}: serves what the folder says, from the first answer on`, async (t) => {
    const at = await shop(t, nginx)
    await at.write('/a')
    at.run()
    const first = await until('an answer', () => at.ask('/a'), quick)
    assert.deepEqual(first, { status: 200, body: 'answer to /a' })
    await ready(at)
    for (const path of ['/healthz', '/livez', '/bundlez', '/metrics'])
      assert.equal(await at.probe(path), 200, path)
    assert.equal(await at.probe('/nowhere'), 404)

    await at.write('/b')
    await answers(at, '/b', 200)
    await until('a counted reload', async () => {
      const metrics = (await request(at.healthPort, '/metrics'))?.body ?? ''
      return (
        /^nginx_ingress_controller_success\{.*\} [1-9]/m.test(metrics) &&
        /^nginx_ingress_controller_config_last_reload_successful\{.*\} 1$/m.test(metrics)
      )
    })
    // Confirmed, so no old worker answers any more.
    assert.equal((await at.ask('/a'))?.status, 404)
  })

  test(`nginx ${version}: a log that cannot be written is named, and everything else goes on`, async (t) => {
    const at = await shop(t, nginx)
    const log = join(at.dir, '..', 'logs', 'access.log')
    const configure = (path: string): Promise<void> =>
      writeFile(
        join(at.dir, 'settings.yaml'),
        `{apiVersion: v1, kind: ConfigMap, metadata: {namespace: shop, name: settings}, data: {access-log-path: '${path}'}}`,
      )
    await configure(log)
    await at.write('/a')
    const controller = at.run('--configmap=shop/settings')
    // nginx is asked twice before it starts
    const first = async (): Promise<boolean> => (await at.ask('/a'))?.status === 200
    await until('the first answer', first, { ...quick, timeoutMs: 90_000 })
    const said = (msg: string, problem: RegExp): Promise<unknown> =>
      until(`${msg} ${problem.source}`, () =>
        controller.log.find((line) => line.msg === msg && problem.test(String(line['problem']))),
      )
    const cannotOpen = /^nginx refuses it: open\(\) ".*access\.log" failed \(2: No such file/
    const report = await said('reported', cannotOpen)
    assert.deepEqual(
      { ...(report as object), time: 0, problem: '' },
      {
        level: 'warn',
        time: 0,
        code: 'setting-refused',
        severity: 'error',
        object: 'configmap shop/settings (settings.yaml:1)',
        field: 'access-log-path',
        problem: '',
        instead: 'the default counts',
        msg: 'reported',
      },
    )
    await at.write('/a', '/b')
    await answers(at, '/b', 200)
    const usual = join(at.stateDir, 'access.log')
    await until('a line in the usual log', async () => / \/b /.test(await readFile(usual, 'utf8')))

    await configure('syslog:server=no-such-host.invalid')
    await said('resolved', cannotOpen)
    await said('reported', /^nginx refuses it: host not found in syslog server "no-such-host\.inv/)

    await mkdir(join(at.dir, '..', 'logs'))
    await configure(log)
    await said('resolved', /^nginx refuses it: host not found/)
    await answers(at, '/a', 200)
    await until('a line in the log', async () => / \/a /.test(await readFile(log, 'utf8')))
    assert.equal(
      controller.log.some(({ code }) => code === 'configuration-rejected'),
      false,
    )
  })

  test(`nginx ${version}: SIGTERM turns health bad at once and cuts no request`, async (t) => {
    const at = await shop(t, nginx)
    await at.write('/')
    const controller = at.run('--shutdown-grace-period=1')
    await ready(at)
    const master = await masterOf(at)
    const early = at.ask('/slow')
    await until('the request is there', () => at.slow.length === 1, quick)
    controller.kill('SIGTERM')
    await until('health is bad', async () => (await at.probe('/healthz')) === 500, quick)
    assert.equal(await at.probe('/livez'), 200)
    // In the grace period there is traffic still, until every client has heard.
    const late = at.ask('/slow')
    await until('a late request is there', () => at.slow.length === 2, quick)
    await until('nginx drains', async () => (await at.ask('/')) === undefined, quick)
    for (const answer of at.slow) answer.end('finished')
    assert.deepEqual(await early, { status: 200, body: 'finished' })
    assert.deepEqual(await late, { status: 200, body: 'finished' })
    assert.equal(await controller.ended, 0)
    assert.equal(await isAlive(master), false)
  })
}

const nginx = (await nginxes()).at(-1)?.path ?? 'nginx'

test('a template that nginx refuses changes nothing, is reported, and the next good one goes live', async (t) => {
  const at = await shop(t, nginx)
  const own = join(at.dir, '..', 'templates')
  await mkdir(own)
  await at.write('/a')
  const controller = at.run(`--template-dir=${own}`)
  await ready(at)

  const location = await readFile(new URL('location.hbs', templates), 'utf8')
  const broken = location.replace('{\n', '{\n    no_such_directive on;\n')
  await writeFile(join(own, 'location.hbs'), broken)
  const report = await until('a report', () =>
    controller.log.find(({ code }) => code === 'configuration-rejected'),
  )
  assert.equal(report.level, 'error')
  assert.match(String(report['problem']), /unknown directive "no_such_directive"/)
  assert.match(String(report['problem']), /\(line \d+: no_such_directive on;\)/)
  assert.equal((await at.ask('/a'))?.status, 200)
  assert.equal(await at.probe('/readyz'), 200)

  // A change on top of it is refused as well, and nothing of it gets through.
  const refused = async () =>
    /result="rejected"\} [2-9]/m.test((await request(at.healthPort, '/metrics'))?.body ?? '')
  await at.write('/a', '/b')
  await until('a second refusal', refused)
  assert.equal((await at.ask('/b'))?.status, 404)

  await rm(join(own, 'location.hbs'))
  await answers(at, '/b', 200)
  await until('resolved', () =>
    controller.log.some(({ msg, code }) => msg === 'resolved' && code === 'configuration-rejected'),
  )
})

test('a manifest that cannot be read keeps its last good content', async (t) => {
  const at = await shop(t, nginx)
  await at.write('/a')
  const controller = at.run()
  await ready(at)
  await writeFile(join(at.dir, 'shop.yaml'), 'kind: Ingress\n  nonsense: {')
  await until('a report', () => controller.log.some(({ code }) => code === 'file-unreadable'))
  assert.equal((await at.ask('/a'))?.status, 200)
  await at.write('/c')
  await answers(at, '/c', 200)
})

test('of a folder only the namespace of --watch-namespace is served', async (t) => {
  const at = await shop(t, nginx)
  await at.write('/a')
  const controller = at.run('--watch-namespace=elsewhere')
  await ready(at)
  assert.equal((await at.ask('/a'))?.status, 404)
  const line = controller.log.find(({ level }) => level === 'error')
  assert.equal(line?.msg, 'did not find the namespace of --watch-namespace')
  assert.equal(line?.['namespace'], 'elsewhere')
})

test('a killed controller leaves nginx serving, and the next one takes it over', async (t) => {
  const at = await shop(t, nginx)
  await at.write('/a')
  const first = at.run()
  await ready(at)
  const master = await masterOf(at)
  first.kill('SIGKILL')
  await first.ended
  assert.equal((await at.ask('/a'))?.status, 200)

  // It changed while nobody looked.
  await at.write('/b')
  const second = at.run()
  await answers(at, '/b', 200)
  await ready(at)
  assert.equal(await masterOf(at), master)
  second.kill('SIGTERM')
  assert.equal(await second.ended, 0)
  assert.equal(await isAlive(master), false)
})

test('a killed nginx is started again', async (t) => {
  const at = await shop(t, nginx)
  await at.write('/a')
  at.run()
  await ready(at)
  process.kill(await masterOf(at), 'SIGKILL')
  await until('health is bad', async () => (await at.probe('/readyz')) === 500, quick)
  await ready(at)
  assert.equal((await at.ask('/a'))?.status, 200)
  await at.write('/b')
  await answers(at, '/b', 200)
})

test('a second SIGINT ends the program at once', async (t) => {
  const at = await shop(t, nginx)
  await at.write('/a')
  const controller = at.run('--shutdown-grace-period=600')
  await ready(at)
  const master = await masterOf(at)
  controller.kill('SIGINT')
  await until('stopping', () => controller.log.some(({ msg }) => msg === 'stopping'), quick)
  // What follows at once is the same key press: npm hands it on to the program, which has it already.
  controller.kill('SIGINT')
  assert.equal(await at.probe('/livez'), 200)
  const again = setInterval(() => controller.kill('SIGINT'), 100)
  t.after(() => clearInterval(again))
  assert.equal(await controller.ended, 130)
  await until('nginx is gone', async () => !(await isAlive(master)))
})

test('a stray SIGHUP does not end the controller', async (t) => {
  const at = await shop(t, nginx)
  await at.write('/a')
  const controller = at.run()
  await ready(at)
  controller.kill('SIGHUP')
  await at.write('/b')
  await answers(at, '/b', 200)
})

test('a port that is in use is named', async (t) => {
  const at = await shop(t, nginx)
  await at.write('/a')
  at.run()
  await ready(at)
  const second = at.run(`--state-dir=${at.stateDir}-2`)
  assert.equal(await second.ended, 1)
  const [failure] = second.log.filter(({ level }) => level === 'error')
  assert.match(String(failure?.['error']), new RegExp(`port ${at.healthPort}: .*EADDRINUSE`))
  assert.equal((await at.ask('/a'))?.status, 200)
})

test('a default backend that does not exist ends the program at its first start only', async (t) => {
  const at = await shop(t, nginx)
  await at.write('/a')
  const first = at.run('--default-backend-service=shop/nowhere')
  assert.equal(await first.ended, 1)
  assert.ok(
    first.log.some(({ error }) => String(error).includes('Service shop/nowhere does not exist')),
  )
})
