// A controller in small, which publishes one bundle and dies at a chosen step.
import { syncBuiltinESMExports } from 'node:module'
import fs from 'node:fs/promises'

interface Order {
  readonly stateDir: string
  readonly path: string
  readonly statusPort: number
  readonly step: number
  readonly bundle: {
    readonly digest: string
    readonly files: [string, string][]
    readonly keyFiles: string[]
  }
}

const { stateDir, path, statusPort, step, bundle } = JSON.parse(process.argv[2] ?? '') as Order

// Every change of the disk counts; the process dies right before its turn.
let steps = 0
const dying =
  <A extends unknown[], R>(act: (...args: A) => R) =>
  (...args: A): R => {
    if (++steps === step) process.kill(process.pid, 'SIGKILL')
    return act(...args)
  }
fs.mkdir = dying(fs.mkdir) as typeof fs.mkdir
fs.open = dying(fs.open)
fs.rename = dying(fs.rename)
fs.symlink = dying(fs.symlink)
fs.rm = dying(fs.rm)
fs.unlink = dying(fs.unlink)
fs.utimes = dying(fs.utimes)
syncBuiltinESMExports()

const { sidecar } = await import('../../src/nginx/sidecar.ts')
const { program } = await import('../../src/nginx/program.ts')
const { publish } = await import('../../src/nginx/publish.ts')
const { createLogger } = await import('../../src/log.ts')

const nginx = program(path)
const instance = sidecar({ program: nginx, stateDir, statusPort, log: createLogger(0) })
const outcome = await publish(
  {
    digest: bundle.digest,
    files: new Map(bundle.files),
    keyFiles: bundle.keyFiles.map((path) => ({ path, text: () => 'secret' })),
  },
  stateDir,
  nginx,
  instance,
)
process.stdout.write(outcome.kind)
