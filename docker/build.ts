// Makes dist/: the program in a few files and the templates beside them, which is all that the image
// adds to nginx and node. Few files start in a third of the time and with two thirds of the memory; what
// only some commands or flags need is in files of their own.

import { build } from 'esbuild'
import type { Plugin } from 'esbuild'
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Of the Kubernetes client Sluice uses the KubeConfig, for credentials and TLS. What that needs only to
 * make clients of its own (the generated models, and undici) would be two thirds of the file and
 * 40 MiB of memory.
 */
const withoutClients: Plugin = {
  name: 'without-clients',
  setup(building) {
    building.onResolve({ filter: /^(?:undici|\.\/gen\/index\.js)$/ }, ({ importer }) =>
      importer.endsWith('/@kubernetes/client-node/dist/config.js')
        ? { path: 'absent', namespace: 'absent' }
        : undefined,
    )
    building.onLoad({ filter: /^absent$/, namespace: 'absent' }, () => ({
      contents: 'module.exports = {}',
    }))
  },
}

/**
 * An `import` of node:http reads every name that the module has, and some load a client for fetch with
 * it: 30 ms and 13 MiB. `require` reads what is used.
 */
const lazyHttp: Plugin = {
  name: 'lazy-http',
  setup(building) {
    building.onResolve({ filter: /^(?:node:)?http$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'http', namespace: 'required' } : undefined,
    )
    building.onLoad({ filter: /^http$/, namespace: 'required' }, () => ({
      contents: "module.exports = require('node:http')",
    }))
  },
}

await rm(`${root}dist`, { recursive: true, force: true })
const { warnings } = await build({
  absWorkingDir: root,
  entryPoints: { sluice: 'src/main.ts', 'fallback-pem': 'src/nginx/fallback-pem.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  legalComments: 'linked',
  // Names stay as they are, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  plugins: [withoutClients, lazyHttp],
  // Some packages are CommonJS and call `require` for Node's own modules.
  banner: {
    js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
  },
})
// esbuild leaves regular expressions as they are. V8 holds a source with one character beyond Latin-1 in
// two bytes each: 2 MiB.
const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
for (const name of await readdir(`${root}dist`)) {
  const file = `${root}dist/${name}`
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll(/[^\0-\x7f]/g, escaped))
}
await cp(`${root}templates`, `${root}dist/templates`, { recursive: true })
if (warnings.length > 0) process.exitCode = 1
