import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { absenceAmong } from '../../src/nginx/absence.ts'
import type { Process } from '../../src/nginx/processes.ts'

const stateDir = '/var/run/sluice'
const ours = `${stateDir}/current/nginx.conf`
const master = (title: string, uid = 101): Process => ({
  pid: 7,
  startTime: '1',
  parent: 1,
  group: 7,
  uid,
  title: `nginx: master process ${title}`,
})

test('why there is no nginx to be signalled, and the way out', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-absence-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const other = join(dir, 'nginx.conf')
  writeFileSync(other, '')
  const among = (...processes: readonly Process[]): string => {
    const found = absenceAmong(processes, stateDir, 101)
    return found === undefined ? '' : `${found.reason}; ${found.hint}`
  }
  assert.match(among(), /^no nginx runs in the process namespace .*"shareProcessNamespace: true"/)
  const worker = { ...master('', 101), title: 'nginx: worker process' }
  assert.match(among(worker), /^no nginx runs /)
  assert.equal(
    among(master(`nginx -c ${ours}`, 0)),
    'nginx runs as user 0, and user 101 may not signal it; both containers need the same runAsUser',
  )
  assert.equal(
    among(master(`nginx -c ${other}`)),
    `nginx reads another configuration; start it as nginx -c ${ours}`,
  )
  // It has just begun.
  assert.equal(among(master('nginx')), '')
  assert.equal(among(master('nginx'), master(`nginx -c ${ours}`)), '')
  assert.equal(among(master(`nginx -c ${other}`), master('nginx')), '')
  assert.match(among(master('nginx'), master('nginx')), /^2 nginx run, and which of them is meant /)
})
