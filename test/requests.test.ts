import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync, globSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { diagnosticText } from '../src/diagnostics.ts'
import { program } from '../src/nginx/program.ts'
import { nginxes } from './support/nginx.ts'
import type { NginxProgram } from './support/nginx.ts'
import { hasIpv6, startBackends } from './support/requests/backends.ts'
import { readCase } from './support/requests/case.ts'
import { ask } from './support/requests/client.ts'
import type { Answer } from './support/requests/client.ts'
import { backendOf, differences } from './support/requests/compare.ts'
import type { Names } from './support/requests/compare.ts'
import type { Received } from './support/requests/echo.ts'
import type { Ports } from './support/requests/connection.ts'
import { serve } from './support/requests/serve.ts'
import type { Stage } from './support/requests/serve.ts'
import type { Row } from './support/requests/table.ts'
import { until } from './support/until.ts'

// Each folder of test/requests is a case: the objects of a cluster (in.yaml, whose first comment says
// why the case exists), the flags of the controller, a table of requests and answers (requests.yaml),
// and what the users are told (diagnostics.txt; `--update` writes it). Every case gets an nginx of its
// own, configured by the product itself, in front of real backends that tell what they received, once
// for each way of endpoint updates that this nginx knows.

const root = fileURLToPath(new URL('requests', import.meta.url))
const isUpdate = process.argv.includes('--update')
const folders = globSync('*/in.yaml', { cwd: root })
  .map((file) => join(root, dirname(file)))
  .sort()

const backends = await startBackends()
const programs = await nginxes()
const stages = (await Promise.all(programs.map(stagesOf))).flat()
after(() => backends.close())

for (const stage of stages)
  void suite(stage.title, { concurrency: 4 }, () => {
    for (const folder of folders) {
      const isSkipped = !hasIpv6 && folder.includes('ipv6')
      const options = isSkipped ? { skip: 'this machine has no IPv6' } : {}
      void test(basename(folder), options, () => check(folder, stage))
    }
  })

/** One for each way of endpoint updates that this nginx knows. */
async function stagesOf({ version, path: nginx }: NginxProgram): Promise<readonly Stage[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'sluice-abilities-'))
  try {
    const abilities = await program(nginx).abilities(scratch)
    const ways = abilities.resolve ? (['reload', 'resolve'] as const) : (['reload'] as const)
    return ways.map((endpointUpdates) => ({
      title: `requests on nginx ${version}, --endpoint-updates=${endpointUpdates}`,
      nginx,
      abilities,
      nameserver: backends.nameserver,
      endpointUpdates,
    }))
  } finally {
    await rm(scratch, { recursive: true })
  }
}

async function check(folder: string, stage: Stage): Promise<void> {
  const it = await readCase(folder, backends)
  const served = await serve(it, stage)
  try {
    await checkDiagnostics(folder, served.diagnostics.map(diagnosticText))
    const { http, https } = served.ports
    const rows = it.rows({ 'http-port': http, 'https-port': https }, stage)
    const found = await Promise.all(rows.map((row) => checkRow(row, served.ports, it.names)))
    const wrong = found.flat()
    wrong.push(...(await missingFrom(await served.accessLog(), folder)))
    if (wrong.length > 0) throw new Error([...wrong, await served.errorLog()].join('\n'))
  } finally {
    await served.stop()
  }
}

async function checkRow(row: Row, ports: Ports, names: Names): Promise<readonly string[]> {
  if (row.eventually)
    await until(row.title, async () => {
      const found = differences(row, await ask(row, 0, ports), names)
      if (found.length > 0) throw new Error(found.join('; '))
      return true
    })
  const answers: Answer[] = []
  for (let i = 0; i < row.times; i++) answers.push(await ask(row, i, ports))
  const wrong = new Set(answers.flatMap((answer) => differences(row, answer, names)))
  const who = new Set(answers.map(({ headers }) => backendOf(headers, names) ?? 'nginx'))
  const isWanted =
    row.among === undefined ||
    (row.among === 'one'
      ? who.size === 1
      : String([...who].sort()) === String(row.among.toSorted()))
  if (!isWanted)
    wrong.add(`answered by ${[...who].sort().join(', ')}; expected ${String(row.among)}`)
  if (row.reuses !== undefined) {
    const connections = new Set(
      answers.map(({ body }) => (JSON.parse(body) as Received).connection),
    )
    if (row.reuses !== connections.size < answers.length)
      wrong.add(`${connections.size} connections to the backend for ${answers.length} requests`)
  }
  return [...wrong].map((difference) => `${row.title}: ${difference}`)
}

/**
 * Each line of the case's access-log.txt that is not in the log: a regular expression for a whole line. An empty file
 * wants an empty log.
 */
async function missingFrom(log: string, folder: string): Promise<readonly string[]> {
  const file = join(folder, 'access-log.txt')
  if (!existsSync(file)) return []
  const wanted = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
  if (wanted.length === 0 && log !== '') return [`in the access log:\n${log}`]
  const lines = log.split('\n')
  return wanted
    .filter((line) => !lines.some((each) => new RegExp(`^${line}$`).test(each)))
    .map((line) => `not in the access log: ${line}\n${log}`)
}

async function checkDiagnostics(folder: string, lines: readonly string[]): Promise<void> {
  const file = join(folder, 'diagnostics.txt')
  const text = lines.map((line) => `${line}\n`).join('')
  if (isUpdate) {
    if (text === '') await rm(file, { force: true })
    else await writeFile(file, text)
  }
  assert.equal(text, existsSync(file) ? await readFile(file, 'utf8') : '', 'diagnostics')
}
