import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { abilityProbes, everyAbility } from '../model/abilities.ts'
import type { Abilities } from '../model/abilities.ts'
import { temporaryDirectory } from './files.ts'
import { serial } from './serial.ts'
import { settled } from './settled.ts'

/** What nginx said to a question: its own words, without time stamps and pleasantries. */
export interface Verdict {
  readonly ok: boolean
  readonly stderr: string
}

/** What one nginx binary can tell. No state: the running nginx is an `Instance`. */
export interface Program {
  readonly path: string
  /** `nginx -t`. Never two at once: it binds the ports and creates the files of the configuration. */
  test(confPath: string): Promise<Verdict>
  /** `1.30.6` */
  version(): Promise<string>
  /** Asks `nginx -t` in a directory of its own below `scratchDir`. */
  abilities(scratchDir: string): Promise<Abilities>
}

// Ten thousand hosts in an unkind shape take nginx half a minute to read.
const testTimeoutMs = 120_000
const commandTimeoutMs = 20_000

export function program(path: string): Program {
  const oneTest = serial()
  const ask = (confPath: string): Promise<Verdict> =>
    run(path, ['-e', 'stderr', '-t', '-c', confPath], testTimeoutMs)

  return {
    path,
    test: (confPath) => oneTest(() => ask(confPath)),
    version: async () => {
      const { stderr } = await run(path, ['-v'], commandTimeoutMs)
      const version = /nginx\/([\w.]+)/.exec(stderr)?.[1]
      if (version === undefined) throw new Error(`${path} -v names no version: ${stderr}`)
      return version
    },
    abilities: (scratchDir) => abilitiesOf(ask, scratchDir),
  }
}

/** nginx inherits sockets through `NGINX` and keeps its title where the environment was. */
export const cleanEnvironment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ...(process.env['TZ'] === undefined ? {} : { TZ: process.env['TZ'] }),
})

/**
 * nginx opens /dev/stderr by name where a configuration logs there, which fails on a socket, and
 * Node's pipes are sockets. So it gets a file, whose name is gone before nginx starts.
 */
async function run(path: string, args: readonly string[], timeout: number): Promise<Verdict> {
  const dir = await temporaryDirectory('sluice')
  const words = await open(join(dir, 'stderr'), 'ax+', 0o600)
  try {
    await rm(dir, { recursive: true })
    const result = await execa(path, args, {
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: descriptorOf(words),
      env: cleanEnvironment(),
      extendEnv: false,
      reject: false,
      timeout,
      forceKillAfterDelay: 1000,
    })
    const said = cleaned(await textOf(words))
    const failed = (how: string): Verdict => ({
      ok: false,
      stderr: said === '' ? how : `${said}\n${how}`,
    })
    if (result.timedOut) return failed(`nginx had not answered after ${timeout / 1000} s`)
    if (result.signal !== undefined) return failed(`nginx died of ${result.signal}`)
    if (result.exitCode === undefined)
      throw new Error(`${path} could not be run; --nginx names another`, { cause: result.cause })
    return { ok: result.exitCode === 0, stderr: said }
  } finally {
    await words.close()
  }
}

/** execa's types stop at descriptor 9; the program takes any. */
export const descriptorOf = (file: FileHandle): 3 => file.fd as 3

async function textOf(file: FileHandle): Promise<string> {
  const { size } = await file.stat()
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0)
  return buffer.toString('utf8', 0, bytesRead)
}

const stamp = /^(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d (\[\w+\]) \d+#\d+:(?: \*\d+)? |nginx: (?=\[))/
const pleasantry =
  /^nginx: (?:the )?configuration file .* (?:syntax is ok|test is successful|test failed)$/

/** nginx's complaints, one a line, each once: `[emerg] unknown directive "x" in /…/nginx.conf:3`. */
export function cleaned(text: string): string {
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !pleasantry.test(line))
    .map((line) => line.replace(stamp, (_, level?: string) => (level ? `${level} ` : '')))
  return [...new Set(lines)].join('\n')
}

/** One question for all of them, and one for each where the answer is no: those share neither a port nor a file. */
async function abilitiesOf(
  test: (confPath: string) => Promise<Verdict>,
  scratchDir: string,
): Promise<Abilities> {
  await mkdir(scratchDir, { recursive: true, mode: 0o700 })
  const scratch = await mkdtemp(join(scratchDir, 'abilities-'))
  const ask = async (name: string, probe: string): Promise<Verdict> => {
    const dir = join(scratch, name)
    await mkdir(dir, { mode: 0o700 })
    // Where nginx was compiled to write may not exist or be read-only.
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${JSON.stringify(`${dir}/${kind}`)};`,
    )
    const conf = join(dir, 'nginx.conf')
    const pid = JSON.stringify(`${dir}/nginx.pid`)
    await writeFile(
      conf,
      `pid ${pid};\nerror_log stderr;\nevents {}\nhttp { access_log off; ${paths.join(' ')} ${probe} }\n`,
    )
    return test(conf)
  }
  try {
    const names = Object.keys(abilityProbes) as (keyof Abilities)[]
    if ((await ask('all', Object.values(abilityProbes).join(' '))).ok) return everyAbility
    const [plain, ...verdicts] = await settled([
      ask('plain', ''),
      ...names.map((name) => ask(name, abilityProbes[name])),
    ])
    if (!plain.ok) throw new Error(`nginx refuses an empty configuration: ${plain.stderr}`)
    const abilities: Record<keyof Abilities, boolean> = { ...everyAbility }
    for (const [i, name] of names.entries()) abilities[name] = verdicts[i]?.ok === true
    return abilities
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
