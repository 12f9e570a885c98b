// Part of `npm run build`: the command in few files, because a process needs
// longer to open 400 modules than to run them.
// In: dist/src/bin.js and what it imports. Out: dist/run, with source maps.
// INVARIANT: holds our own modules alone, each once; npm packages stay packages;
// names of functions stay; a module finds its files where it found them before.

import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { findLayers, type Layers } from './layers.ts'
import { writeSummaries } from './summaries.ts'

const dist = join(import.meta.dirname, '../..')
const SRC = join(dist, 'src')
const OUT = join(dist, 'run')
const SELF = 'import.meta.url'

const OPTIONS = {
  absWorkingDir: dist,
  entryPoints: { gateway: join(SRC, 'bin.js') },
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  tsconfigRaw: '{}',
  logLevel: 'warning',
} as const satisfies BuildOptions

/** Packages in the modules of Node's first kind. Imported, they start a reader
 * of such modules in WebAssembly, which a start needs for nothing else. */
const REQUIRED: readonly string[] = [
  'commander',
  'fastify',
  'pino',
  'prom-client',
]

const requirePackages: Plugin = {
  name: 'require-packages',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) => {
      if (kind !== 'import-statement' || !REQUIRED.includes(path)) return null
      return { path, namespace: 'required' }
    })
    onLoad({ filter: /./, namespace: 'required' }, ({ path }) => {
      const names = Object.keys(createRequire(import.meta.url)(path))
      const named = names.filter((name) => /^(?!default$)\w+$/.test(name))
      const contents = `import { createRequire } from 'node:module'
const main = createRequire(${SELF})(${JSON.stringify(path)})
export default main
export const { ${named.join(', ')} } = main
`
      return { contents }
    })
  },
}

function editModules({ before }: Layers): Plugin {
  return {
    name: 'edit-modules',
    setup({ onLoad }) {
      onLoad({ filter: /\.js$/, namespace: 'file' }, ({ path }) => {
        const text = readFileSync(path, 'utf8')
        const layers = (before.get(path) ?? []).map(
          (layer) => `import 'layer:${layer}'\n`,
        )
        // On no line of its own: the source map counts lines.
        const imports = layers.join('').replaceAll('\n', ';')
        const contents = imports + spell(keepAddress(text, path))
        return { contents, loader: 'js' }
      })
    },
  }
}

/** The address of a module in dist/src, seen from dist/run. */
function keepAddress(text: string, path: string): string {
  const address = JSON.stringify(relative(OUT, path))
  return text.replaceAll(SELF, `new URL(${address}, ${SELF}).href`)
}

/** Comments of ASCII: a file with one letter that is not Latin takes twice the
 * memory. esbuild spells what is not a comment. */
function spell(text: string): string {
  return text.replace(/^\s*(?:\/\*\*|\*|\/\/).*$/gm, (comment) =>
    comment.replace(/[^\0-\x7f]/g, '?'),
  )
}

await writeSummaries()
// Chunks of an earlier build have other names.
rmSync(OUT, { recursive: true, force: true })
const { metafile } = await build({ ...OPTIONS, metafile: true, write: false })
const layers = findLayers(SRC, dist, metafile.inputs)
await build({
  ...OPTIONS,
  sourcemap: true,
  sourcesContent: false,
  chunkNames: '[name]-[hash]',
  plugins: [layers.plugin, requirePackages, editModules(layers)],
})
