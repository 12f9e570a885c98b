// Part of `npm run build`: the command in few files, because a process needs
// longer to open 400 modules than to run them.
// In: dist/src/bin.js and what it imports. Out: dist/run, with source maps.
// INVARIANT: holds our own modules alone, each once; npm packages stay packages;
// names of functions stay; a module finds its files where it found them before.

import { readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { writeSummaries } from './summaries.ts'

const dist = join(import.meta.dirname, '../..')
const OUT = join(dist, 'run')
const SELF = 'import.meta.url'

/** The address of a module in dist/src, seen from dist/run. */
const keepAddresses: Plugin = {
  name: 'keep-addresses',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes(SELF)) return undefined
      const address = JSON.stringify(relative(OUT, path))
      const before = `new URL(${address}, ${SELF}).href`
      return { contents: text.replaceAll(SELF, before), loader: 'js' }
    })
  },
}

await writeSummaries()
// Chunks of an earlier build have other names.
rmSync(OUT, { recursive: true, force: true })
await build({
  entryPoints: { gateway: join(dist, 'src/bin.js') },
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  sourcesContent: false,
  chunkNames: '[name]-[hash]',
  plugins: [keepAddresses],
  tsconfigRaw: '{}',
  logLevel: 'warning',
})
