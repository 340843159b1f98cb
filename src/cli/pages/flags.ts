import type { Flag, Table } from '../../options/flag.ts'
import { groups } from '../../options/flag.ts'
import { demoFlags, renderFlags } from '../../options/command-flags.ts'
import { runFlags } from '../../options/flags.ts'
import { code, generated, names, page, table } from './markdown.ts'

/** docs/flags.md */
export function flagsPage(): string {
  return page(
    generated('src/options/'),
    '# Flags',
    'Flags have the names, forms and defaults of ingress-nginx: `--v=2`, `--v 2`, and a boolean alone for true. ' +
      'Every flag is also an environment variable: `--http-port` is `SLUICE_HTTP_PORT`. A flag ' +
      'beats the variable, the variable beats the default. An unknown flag ends the program with exit code 2 ' +
      'and the nearest name. A first argument that is a flag, or `/nginx-ingress-controller`, means `sluice run`.',
    '## `sluice run`',
    ...grouped(runFlags),
    '### Accepted for ingress-nginx, without effect',
    'So that a Deployment starts with the arguments it has. These mean nothing to Sluice, and one line of ' +
      'the log names those that are given:',
    names(withEffect('none')),
    'These belong to the logging library of ingress-nginx and are ignored silently:',
    names(withEffect('silent')),
    '## `sluice render`',
    'Its own flags, and those that it has in another meaning:',
    flagTable(own(renderFlags)),
    `It also takes these flags of \`sluice run\`: ${names(shared(renderFlags))}.`,
    '## `sluice demo`',
    flagTable(own(demoFlags)),
    `It also takes these flags of \`sluice run\`: ${names(shared(demoFlags))}.`,
  )
}

type Named = readonly [name: string, flag: Flag<unknown>]

const ofRun: Table = runFlags
const isAlike = ([name, flag]: Named): boolean => Object.hasOwn(ofRun, name) && ofRun[name] === flag
const own = (flags: Table): readonly Named[] => Object.entries(flags).filter((one) => !isAlike(one))
const shared = (flags: Table): readonly string[] =>
  Object.entries(flags)
    .filter(isAlike)
    .map(([name]) => `--${name}`)

const withEffect = (effect: Flag<unknown>['effect']): readonly string[] =>
  Object.entries(ofRun).flatMap(([name, flag]) => (flag.effect === effect ? [`--${name}`] : []))

/** A heading and a table for each group of flags that do something, or will. */
function grouped(flags: Table): readonly (string | readonly string[])[] {
  return groups.flatMap((group) => {
    const inGroup = Object.entries(flags).filter(
      ([, flag]) => flag.group === group && (flag.effect === 'now' || flag.effect === 'later'),
    )
    if (inGroup.length === 0) return []
    const isLater = inGroup.every(([, { effect }]) => effect === 'later')
    const note = 'Read and checked; this version does not have the feature yet, and says so.'
    return [`### ${group}`, ...(isLater ? [note] : []), flagTable(inGroup, isLater)]
  })
}

function flagTable(flags: readonly Named[], isNoted = false): readonly string[] {
  return table(
    ['Flag', 'Meaning', 'Default'],
    flags.map(([name, flag]) => [
      `${code(`--${name}${flag.value.form === '' ? '' : `=${flag.value.form}`}`)}${shortOf(name, flag)}`,
      `${flag.summary}${flag.effect === 'later' && !isNoted ? ' (Not in this version yet.)' : ''}`,
      flag.default === undefined || flag.default === '' ? '' : code(flag.default),
    ]),
  )
}

const shortOf = (name: string, { short }: Flag<unknown>): string =>
  short === undefined || short === name ? '' : ` or ${code(`-${short}`)}`
