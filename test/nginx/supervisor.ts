// A controller in small: runs nginx on what is current, until it is told to stop or killed.
import { createLogger } from '../../src/log.ts'
import { child } from '../../src/nginx/child.ts'
import { program } from '../../src/nginx/program.ts'

const [stateDir = '', path = '', statusPort = ''] = process.argv.slice(2)
const instance = child({
  program: program(path),
  stateDir,
  statusPort: Number(statusPort),
  log: createLogger(0),
  drainMs: 10_000,
})
const stopping = new AbortController()
process.on('SIGTERM', () => stopping.abort())
instance.onRestart(() => process.stdout.write(`${instance.master?.pid}\n`))
await instance.start(stopping.signal)
