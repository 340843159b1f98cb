// The templates: what a user may replace, and that a mistake in one does not go unnoticed.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { TestContext } from 'node:test'
import { nginx, number } from '../src/model/token.ts'
import { block, directive } from '../src/model/directive.ts'
import { render, templateNames } from '../src/render/render.ts'
import type { TemplateName, Templates } from '../src/render/render.ts'
import { directiveView } from '../src/render/views.ts'
import { builtinTemplates, compile, TemplateError } from '../src/templates/templates.ts'
import { watchTemplates } from '../src/templates/watch.ts'
import { quiet } from './support/quiet.ts'
import { until } from './support/until.ts'
import { snapshotOf } from '../src/objects/snapshot.ts'
import { ingress, withBasics } from './support/snapshots.ts'
import { translated } from './support/translated.ts'

const builtin = async (name: TemplateName): Promise<string> =>
  readFile(new URL(`../templates/${name}.hbs`, import.meta.url), 'utf8')
const sources = async (changes: Partial<Record<TemplateName, string>>) =>
  new Map(
    await Promise.all(
      templateNames.map(async (name) => [name, changes[name] ?? (await builtin(name))] as const),
    ),
  )

const { config, text } = translated(
  snapshotOf(withBasics(ingress({ name: 'web', host: 'shop.example.com' }))),
)
const printed = (templates: Templates): string =>
  render(config, templates).files.get('nginx.conf') ?? ''

void test('a stream context is printed where there is one', () => {
  const stream = [block('server', [], [directive('listen', number(5432))])]
  const { files } = render({ ...config, stream }, builtinTemplates())
  assert.match(files.get('nginx.conf') ?? '', /^stream \{\n    server \{\n        listen 5432;/m)
  assert.doesNotMatch(text, /^stream/m)
})

void suite('compile', () => {
  void test('the built-in sources give what the built-in templates give', async () => {
    assert.equal(printed(compile(await sources({}))), text)
    assert.equal(printed(builtinTemplates()), text)
  })

  void test('a replaced template is used, as a part of others too', async () => {
    const directives = (await builtin('directives')).replace(
      '{{words words}};',
      '{{words words}} ;',
    )
    const changed = printed(compile(await sources({ directives })))
    assert.match(changed, /proxy_http_version 1\.1 ;/)
    assert.equal(changed.replaceAll(' ;', ';').replaceAll(digest, ''), text.replaceAll(digest, ''))
  })

  const wrong: Readonly<Record<string, RegExp>> = {
    '{{#each locations}}': /server\.hbs: Parse error on line 1/,
    '{{/each}}': /server\.hbs: Parse error on line 1/,
    '{{misspelt}}': /server\.hbs: .*misspelt/,
    '{{words misspelt}}': /server\.hbs: .*words: expected an array/,
    '{{> nothing}}': /server\.hbs: .*nothing/,
    '{{#each locations}}{{misspelt}}{{/each}}': /server\.hbs: .*misspelt/,
  }
  for (const [server, message] of Object.entries(wrong))
    void test(`refuses ${server}`, async () => {
      const all = await sources({ server })
      assert.throws(() => printed(compile(all)), {
        name: 'Error',
        message,
      })
      assert.throws(() => printed(compile(all)), TemplateError)
    })

  void test('behind a line stands the field that asked for it, or why it is there', () => {
    const origin = { kind: 'ConfigMap', namespace: 'a', name: 'b', field: 'server-tokens' } as const
    const line = { ...directive('server_tokens', nginx`off`), origin }
    const answer = { ...directive('return', nginx`503`), because: nginx`no ready endpoint` }
    const directives = [line, { ...block('if', [nginx`($x)`], [answer]), origin }]
    const sections = { ...config, http: [{ title: 'Clients', directives }] }
    assert.match(
      render(sections, builtinTemplates()).files.get('nginx.conf') ?? '',
      /http \{\n {4}# Clients\n {4}server_tokens off; # server-tokens\n {4}if \(\$x\) \{ # server-tokens\n {8}return 503; # no ready endpoint\n {4}\}\n/,
    )
  })

  void test('nothing is escaped for HTML', () => {
    const view = directiveView(directive('server_name', nginx`"<a>&'"`))
    assert.deepEqual(view.words, ['server_name', `"<a>&'"`])
    assert.match(
      printed(builtinTemplates()),
      /log_format upstreaminfo "\$remote_addr - \$remote_user \[\$time_local\] \\"\$request\\"/,
    )
  })
})

const digest = /[0-9a-f]{64}/g

void suite('watchTemplates', () => {
  async function folder(t: TestContext) {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-templates-'))
    const stop = new AbortController()
    t.after(async () => {
      stop.abort()
      await rm(dir, { recursive: true })
    })
    const write = async (name: string, content: string): Promise<void> => {
      await writeFile(join(dir, `.${name}`), content)
      await rename(join(dir, `.${name}`), join(dir, name))
    }
    return { dir, stop, write }
  }
  const marked = async (mark: string): Promise<string> =>
    (await builtin('nginx.conf')).replace('# Written', `# ${mark}\n# Written`)

  void test('an empty folder gives the built-in ones', async (t) => {
    const { dir, stop } = await folder(t)
    const templates = await watchTemplates(dir, quiet, () => undefined, stop.signal)
    assert.equal(printed(templates), text)
  })

  void test('follows changes, keeps the last good ones, and takes the built-in one back', async (t) => {
    const { dir, stop, write } = await folder(t)
    await write('nginx.conf.hbs', await marked('first'))
    const refused: unknown[] = []
    const log = { ...quiet, error: (fields: unknown) => void refused.push(fields) }
    let current = await watchTemplates(dir, log, (next) => (current = next), stop.signal)
    assert.match(printed(current), /^# first\n/)

    await write('nginx.conf.hbs', await marked('second'))
    await until('the second template', () => printed(current).startsWith('# second\n'))

    await write('nginx.conf.hbs', '{{#each')
    await until('the refusal', () => refused.length > 0)
    assert.match(printed(current), /^# second\n/)
    assert.match(JSON.stringify(refused), /nginx\.conf\.hbs: Parse error/)

    await rm(join(dir, 'nginx.conf.hbs'))
    await until('the built-in template', () => printed(current) === text)
  })

  void test('a folder with a mistake or an unknown template is refused at the start', async (t) => {
    const { dir, stop, write } = await folder(t)
    await write('servers.hbs', '')
    await assert.rejects(
      watchTemplates(dir, quiet, () => undefined, stop.signal),
      { message: /servers\.hbs: unknown template; expected one of nginx\.conf\.hbs/ },
    )
    await rename(join(dir, 'servers.hbs'), join(dir, 'server.hbs'))
    await write('server.hbs', '{{')
    await assert.rejects(
      watchTemplates(dir, quiet, () => undefined, stop.signal),
      { message: /server\.hbs: / },
    )
  })
})
