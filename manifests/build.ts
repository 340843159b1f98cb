// Writes the files that users apply, each made of the folder it stands for:
//
//   node manifests/build.ts           writes them
//   node manifests/build.ts --check   says which are not up to date
//
// A folder whose kustomization only lists files is put together as it is, comments and all. One
// that changes another is for `kubectl kustomize`.

import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const folder = (name: string) => new URL(`${name}/`, import.meta.url)

/** What users apply, and the folder it is made of. */
const outputs = { 'deploy.yaml': 'base' }

const check = process.argv.includes('--check')
for (const [output, source] of Object.entries(outputs)) {
  const path = new URL(output, import.meta.url)
  const text = await joined(source)
  if ((await readFile(path, 'utf8').catch(() => '')) === text) continue
  if (check) {
    console.error(`${fileURLToPath(path)} is not up to date: node manifests/build.ts writes it`)
    process.exitCode = 1
  } else {
    await writeFile(path, text)
  }
}

async function joined(source: string): Promise<string> {
  const kustomization: unknown = parse(
    await readFile(new URL('kustomization.yaml', folder(source)), 'utf8'),
  )
  const texts = await Promise.all(
    resourcesOf(kustomization, source).map((file) =>
      readFile(new URL(file, folder(source)), 'utf8'),
    ),
  )
  const title = `# Made of manifests/${source}; \`node manifests/build.ts\` writes it.\n`
  return [title, ...texts].join('---\n')
}

function resourcesOf(kustomization: unknown, source: string): string[] {
  const fields = kustomization as Readonly<Record<string, unknown>>
  const others = Object.keys(fields).filter(
    (field) => !['apiVersion', 'kind', 'resources'].includes(field),
  )
  if (others.length > 0) throw new Error(`${source}: cannot join what has ${others.join(', ')}`)
  return fields['resources'] as string[]
}
