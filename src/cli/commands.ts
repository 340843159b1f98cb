import { nearest, preview } from '../diagnostics.ts'
import type { Table } from '../options/flag.ts'
import { demoFlags, docsFlags, renderFlags } from '../options/command-flags.ts'
import { runFlags } from '../options/flags.ts'
import { flagsHelp } from '../options/help.ts'
import { UsageError } from '../options/parse.ts'
import { version } from '../version.ts'

/** Runs a command to its end and returns the exit code of the program. */
export type Run = (args: readonly string[]) => Promise<number>

interface Command {
  readonly summary: string
  readonly usage: string
  readonly about: string
  readonly flags: Table
  /** Loaded when needed, so that `sluice render` does not wait for a Kubernetes client. */
  readonly load: () => Promise<Run>
}

const commands: Readonly<Record<string, Command>> = {
  run: {
    summary: 'the controller',
    usage: 'sluice run [flags]',
    about:
      'Watches the cluster and keeps nginx serving what its Ingresses say.\n' +
      'Flags have the names, forms and defaults of ingress-nginx. Each is also an environment variable:\n' +
      '--http-port is SLUICE_HTTP_PORT. A flag beats the variable.',
    flags: runFlags,
    load: async () => (await import('./run.ts')).run,
  },
  render: {
    summary: 'manifests in, nginx configuration out; no cluster',
    usage: 'sluice render [-f FILE|DIR|-]… [-o DIR] [--check] [flags]',
    about:
      'Prints the configuration that nginx would get for these manifests, and on stderr what is wrong with\n' +
      'them and how many Ingresses are served. Exit code 1 if any of it is an error.',
    flags: renderFlags,
    load: async () => (await import('./render.ts')).run,
  },
  demo: {
    summary: 'an embedded cluster of YAML files, sample backends, nginx and the controller, here',
    usage: 'sluice demo [flags]',
    about:
      'Serves the Ingresses of a folder of YAML files on this machine and follows every edit. Needs nothing\n' +
      'but nginx. A Service without endpoints in the folder gets sample backends, a TLS Secret that is\n' +
      'missing a certificate of a CA made for this run.',
    flags: demoFlags,
    load: async () => (await import('./demo.ts')).run,
  },
  docs: {
    summary: 'the pages of docs/ that are made of the program’s own tables',
    usage: 'sluice docs [--check]',
    about: 'Writes docs/annotations.md, docs/configuration.md and docs/flags.md of a checkout.',
    flags: docsFlags,
    load: async () => (await import('./docs.ts')).run,
  },
}

/** What the program's arguments ask for. Throws a UsageError. */
export function commandOf(args: readonly string[]): { run: Run; args: readonly string[] } {
  const [first, ...rest] = args
  if (first === undefined) throw new UsageError(['expected a command; see "sluice --help"'])
  if (first === '--help' || first === '-h' || first === 'help')
    return { run: () => printed(overview()), args: [] }
  if (isVersion(first) || first === 'version') return { run: () => printed(versionText), args: [] }

  // A manifest that passes ingress-nginx's flags to the image works unchanged, with its program or without.
  const isRun = first.startsWith('-') || first === '/nginx-ingress-controller'
  const [name, flags] = isRun ? ['run', first.startsWith('-') ? args : rest] : [first, rest]
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) {
    const meant = nearest(name, Object.keys(commands))
    const hint = meant === undefined ? 'see "sluice --help"' : `did you mean ${meant}?`
    throw new UsageError([`${preview(name)}: unknown command; ${hint}`])
  }
  if (flags.some((flag) => flag === '--help' || flag === '-h'))
    return { run: () => printed(commandHelp(command)), args: [] }
  if (flags.some(isVersion)) return { run: () => printed(versionText), args: [] }
  return { run: async (given) => (await command.load())(given), args: flags }
}

const versionText = `sluice ${version}\n`
const isVersion = (flag: string): boolean => /^--version(?:=(?:1|t|T|true|TRUE|True))?$/.test(flag)

function printed(text: string): Promise<number> {
  process.stdout.write(text)
  return Promise.resolve(0)
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length))
  const lines = Object.entries(commands).map(
    ([name, { summary }]) => `  sluice ${name.padEnd(width)}  ${summary}`,
  )
  return `Sluice ${version}: an Ingress controller for Kubernetes beside a stock nginx

${lines.join('\n')}
  sluice --version

"sluice COMMAND --help" shows the flags of a command. A first argument that is a flag means "run".
Exit codes: 0 fine, 1 the input has errors, 2 wrong usage, 70 a bug.
`
}

const commandHelp = ({ usage, about, flags }: Command): string =>
  `${usage}\n\n${about}\n\n${flagsHelp(flags)}\n`
